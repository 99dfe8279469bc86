import { describe, expect, it } from 'vitest';
import type { Pass, Sequence } from '../core/index.ts';
import { chooseGroup, type Request } from './pass-group.ts';

const layers = 8;
const patience = 4;

/** One request per call; its sequence is never touched here, so a name will do. */
function request(call: number, pass: Partial<Pass> & { rows?: number } = {}, passedBy = 0): Request {
  const { rows = 1, ...rest } = pass;
  const tokens = rest.hidden ? {} : { tokens: new Int32Array(rows) };
  const sequence = (rest.sequence ?? `sequence ${call}`) as Sequence;
  return { call, passedBy, passes: [{ ...tokens, ...rest, sequence, positions: new Int32Array(rows) }] };
}
const hidden = new Float32Array(4);
const head = { hidden, layers: [layers, layers] } as const;
const prompt = { prefill: true, rows: 3 };
const chosen = (waiting: readonly Request[]) => chooseGroup(waiting, patience, layers).map(({ call }) => call);

describe('chooseGroup', () => {
  it('runs passes of one kind together, in the order of the calls', () => {
    expect(chosen([request(3), request(1), request(2)])).toEqual([1, 2, 3]);
    expect(chosen([request(1), request(2, { layers: [0, layers] })])).toEqual([1, 2]);
  });

  it.each<[string, Partial<Pass>, Partial<Pass>]>([
    ['layers', { layers: [0, 4] }, { layers: [0, 8] }],
    ['kvOnly', { hidden, layers: [4, 8], kvOnly: true }, { hidden, layers: [4, 8] }],
    ['tokens or hidden rows', { layers: [0, 4] }, { hidden, layers: [0, 4] }],
  ])('keeps passes apart that differ in %s', (_, one, other) => {
    expect(chosen([request(1, one), request(2, other)])).toHaveLength(1);
  });

  it('runs a chunk of a prompt alone, however small, and the earliest call first', () => {
    expect(chosen([request(2, prompt), request(1, prompt), request(3)])).toEqual([1]);
  });

  it('runs a request of several kinds alone', () => {
    const mixed = { ...request(1), passes: [...request(1).passes, ...request(9, head).passes] };
    expect(chosen([mixed, request(2, head), request(3)])).toEqual([2]);
    expect(chosen([mixed, request(3)])).toEqual([1]);
  });

  it('runs heads first, then prompts, then the passes through the fewest layers', () => {
    const waiting = [request(1), request(2, { layers: [0, 4] }), request(3, prompt), request(4, head)];
    const order: number[] = [];
    while (waiting.length > 0) {
      const [next] = chosen(waiting);
      order.push(next as number);
      waiting.splice(
        waiting.findIndex(({ call }) => call === next),
        1,
      );
    }
    expect(order).toEqual([4, 3, 2, 1]);
  });

  it('lets nobody be passed by for ever', () => {
    const waiting = (passedBy: number) => [request(1, {}, passedBy), request(2, prompt), request(3, head)];
    expect(chosen(waiting(patience - 1))).toEqual([3]);
    expect(chosen(waiting(patience))).toEqual([1]);
    expect(chosen([request(1, {}, 5), request(2, prompt, 6)])).toEqual([2]);
  });

  it('fills a pass up to 16 rows, those first that waited longest', () => {
    const many = Array.from({ length: 20 }, (_, at) => request(at, {}, at >= 16 ? 1 : 0));
    expect(chosen(many)).toEqual([...Array(12).keys(), 16, 17, 18, 19]);
    expect(chosen([request(1, { rows: 9 }), request(2, { rows: 9 }), request(3, { rows: 7 })])).toEqual([1, 3]);
    expect(chosen([request(1, { rows: 40 }), request(2)])).toEqual([1]);
  });

  it('keeps the order of the passes of one sequence, also where a later one is cheaper', () => {
    const sequence = 'one' as unknown as Sequence;
    expect(chosen([request(1, { sequence }), request(1, { ...head, sequence }), request(2)])).toEqual([1, 2]);
  });

  it('chooses nothing where nothing waits', () => {
    expect(chosen([])).toEqual([]);
  });
});
