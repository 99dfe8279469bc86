/** How many tokens are drafted where passes have given prices: on an engine of tables, and on tiny8. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BenchEngine, openTiny8 } from '../../../test/contract/bench-engine.ts';
import { callOf, open, type Played, play } from '../../../test/contract/contract.ts';
import { type Call, type Engine, validate } from '../../core/index.ts';
import { baseline } from '../baseline/baseline.ts';
import { autoLookahead } from './choose-lookahead.ts';
import { layerDrafts } from './layer-drafts.ts';
import { speculate } from './speculation.ts';
import { speculative } from './speculative.ts';

let engine: BenchEngine;
beforeAll(async () => {
  engine = await openTiny8();
});
afterAll(() => engine[Symbol.asyncDispose]());

/** Rows that nearly cost nothing, that cost a whole pass each, and as an EPYC and a Xeon had them. */
const prices = {
  cheap: { 1: 10, 16: 11 },
  dear: { 1: 10, 2: 20, 16: 160 },
  epyc: { 1: 8.1, 2: 16.9, 4: 24.3, 5: 33.8, 8: 39.4, 16: 60.6 },
  xeon: { 1: 9.5, 2: 15.1, 4: 17.1, 5: 18.2, 8: 21.9, 16: 27.9 },
};
const priced = (passPrices: Engine['passPrices']): Engine => ({ ...engine, passPrices });
const auto = { lookahead_tokens: 'auto' } as const;
const tally = ({ counters }: Played, name: string) => counters.tallies[name] ?? {};
const sum = ({ counters }: Played, name: string) => counters.sums[name] ?? 0;

/** Speculation with drafts of which the test says how right they are. */
async function playDrafts(on: Engine, isRight: (at: number) => boolean, isFree = true): Promise<Played> {
  const call = callOf(38, { maxTokens: 40 });
  const { ids: plain } = await play(open(baseline, {}, engine), call);
  const params = { ...auto, acceptance_threshold: 0.6, threshold_mode: 'controller' } as const;
  const played = await play(
    (asked: Call, context) =>
      speculate(on, params, asked, context, ({ begun: { history, promptLength } }) => ({
        isFree,
        draft(most) {
          const from = history.length - promptLength;
          return { ids: plain.slice(from, from + most).map((id, at) => (isRight(from + at) ? id : 7)) };
        },
      })),
    call,
  );
  expect(played.ids).toEqual(plain);
  return played;
}

describe('with drafts that are right', () => {
  it('drafts more and more where rows are cheap, up to the most', async () => {
    const played = await playDrafts(priced(prices.cheap), () => true);
    expect(tally(played, 'lookahead')).toEqual({ 10: 1, 15: 2 });
    expect(sum(played, 'accepted')).toBe(sum(played, 'drafted'));
  });

  it('drafts nothing where each row costs a pass, and takes the passes of the baseline', async () => {
    for (const isFree of [true, false]) {
      const played = await playDrafts(priced(prices.dear), () => true, isFree);
      expect(sum(played, 'drafted')).toBe(0);
      expect(tally(played, 'lookahead')).toEqual({ 0: played.ids.length - 1 });
      expect(sum(played, 'passes')).toBe(
        sum(await play(open(baseline, {}, engine), callOf(38, { maxTokens: 40 })), 'passes'),
      );
    }
  });

  it('drafts where rows are dear only after they were seen to be right', async () => {
    const played = await playDrafts(priced(prices.epyc), () => true);
    expect(Number(tally(played, 'lookahead')[0])).toBeGreaterThan(0);
    expect(sum(played, 'drafted')).toBeGreaterThan(10);
  });

  it('drafts less the dearer rows are', async () => {
    const drafted: number[] = [];
    for (const of of [prices.cheap, prices.xeon, prices.epyc, prices.dear])
      drafted.push(sum(await playDrafts(priced(of), (at) => at % 5 > 0), 'drafted'));
    expect(drafted).toEqual(drafted.toSorted((a, b) => b - a));
    expect(new Set(drafted).size).toBeGreaterThan(2);
  });
});

describe('with drafts that are wrong', () => {
  it('stops, and asks free drafts at no cost in passes', async () => {
    const played = await playDrafts(priced(prices.xeon), () => false);
    expect(sum(played, 'drafted')).toBeLessThan(15);
    expect(Number(tally(played, 'lookahead')[0])).toBeGreaterThan(30);
    expect(sum(played, 'verify_passes')).toBeLessThanOrEqual(2);
  });

  it('drafts again when they turn right', async () => {
    const played = await playDrafts(priced(prices.xeon), (at) => at > 20);
    expect(sum(played, 'accepted')).toBeGreaterThan(8);
  });

  it('looks with one draft every sixteenth step where drafts take passes', () => {
    const lookahead = autoLookahead((drafts) => 1 + 0.3 * drafts, false);
    lookahead.observe(8, 0);
    for (let step = 0; step < 10; step++) lookahead.observe(1, 0);
    const chosen = Array.from({ length: 48 }, () => lookahead.next());
    expect(chosen.flatMap((drafts, step) => (drafts > 0 ? [[step, drafts]] : []))).toEqual([
      [15, 1],
      [31, 1],
      [47, 1],
    ]);
    expect(lookahead.watches).toBe(false);
  });
});

describe('whatever the prices', () => {
  it('choice and counters follow from prices and drafts alone, and a trial holds both', async () => {
    const on = priced(prices.xeon);
    const [one, again] = [await playDrafts(on, (at) => at % 3 > 0), await playDrafts(on, (at) => at % 3 > 0)];
    for (const name of ['lookahead', 'pass_us', 'drafted_at', 'accepted_at', 'accepted_length'])
      expect(tally(one, name)).toEqual(tally(again, name));
    expect(tally(one, 'pass_us')).toEqual({ 1: 9500, 2: 15100, 4: 17100, 5: 18200, 8: 21900, 16: 27900 });
  });

  it('a layer draft is charged its layers', async () => {
    // All layers but one as drafters: no price of rows makes that pay.
    const params = { ...auto, draft_layers: 7, acceptance_threshold: 0 };
    const played = await play(open(layerDrafts, params, priced(prices.dear)), callOf(38, { maxTokens: 24 }));
    expect(sum(played, 'drafted')).toBe(0);
    const one = await play(
      open(layerDrafts, { ...params, draft_layers: 1 }, priced(prices.cheap)),
      callOf(38, { maxTokens: 24 }),
    );
    expect(sum(one, 'drafted')).toBeGreaterThan(0);
  });
});

describe('without prices', () => {
  it.each([speculative, layerDrafts])('$name cannot', (policy) => {
    expect(() => open(policy, auto, { ...engine, passPrices: undefined })).toThrow(/prices of passes/);
  });

  it('a server cannot', async () => {
    const valid = validate(speculative.params, auto, 'speculative_decoding');
    const opening = speculative.client?.open(async function* () {}, valid as never, { count: () => 0 });
    await expect(Promise.resolve(opening)).rejects.toMatchObject({ code: 'E_CAPABILITY' });
  });
});
