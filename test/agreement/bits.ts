/** What policies rely on, bit by bit: the same work gives the same logits, however it is cut into passes. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Output, Pass, Sequence } from '../../src/core/index.ts';
import type { LocalEngine } from '../../src/engine/index.ts';
import { some } from '../support/depth.ts';
import { decode, distance, fill, freshContext, range, run, runOne, sameBits } from './bench.ts';

/** @param prompt at least 150 ids; @param tolerance largest logit difference when slots move (other order of sums) */
export function describeBits(
  name: string,
  open: () => Promise<LocalEngine>,
  prompt: readonly number[],
  tolerance: number,
): void {
  describe(name, () => {
    let engine: LocalEngine;
    const opened: Sequence[] = [];
    beforeAll(async () => {
      engine = await open();
    });
    afterEach(() => {
      for (const sequence of opened.splice(0)) sequence[Symbol.dispose]();
      expect(engine.openSequences).toBe(0);
    });
    afterAll(() => engine[Symbol.asyncDispose]());

    function sequence(capacity = 512): Sequence {
      const fresh = engine.open(capacity, freshContext());
      opened.push(fresh);
      return fresh;
    }
    async function filled(count: number, options: Partial<Pass> = {}): Promise<Sequence> {
      const fresh = sequence();
      await fill(engine, fresh, prompt.slice(0, count), options);
      return fresh;
    }
    const logitRow = ({ logits }: Output, row: number) => {
      const { vocabulary } = engine.model;
      return logits.subarray(row * vocabulary, (row + 1) * vocabulary);
    };
    const layers = () => engine.model.layers;

    // 58 … 64: rows straddle the end of a bucket of slots.
    it.each([20, 58, 63, 64, 100])('k rows in one pass equal k passes, after %i tokens', async (count) => {
      const one = await filled(count);
      const single: Output[] = [];
      for (let at = count; at < count + 16; at++) single.push(await decode(engine, one, prompt[at] as number, at));
      for (const k of some(range(1, 17), 6)) {
        const many = await filled(count);
        const positions = range(count, count + k);
        const tokens = positions.map((at) => prompt[at] as number);
        const output = await runOne(engine, { sequence: many, tokens, positions, logits: k, states: true });
        for (let row = 0; row < k; row++) {
          expect(sameBits(logitRow(output, row), logitRow(single[row] as Output, 0)), `${k} rows, row ${row}`).toBe(
            true,
          );
        }
        many[Symbol.dispose]();
      }
    });

    it('rows of several sequences in one pass equal each alone', async () => {
      const lengths = [7, 63, 64, 90, 128];
      const rows = [1, 3, 1, 4, 2];
      // Of some sequences only the last rows get logits.
      const logits = [1, 2, 1, 1, 2];
      const passOf = async (at: number): Promise<Pass> => {
        const count = lengths[at] as number;
        const positions = range(count, count + (rows[at] as number));
        const tokens = positions.map((position) => prompt[position] as number);
        return { sequence: await filled(count), tokens, positions, logits: logits[at] as number, states: true };
      };
      const alone: Output[] = [];
      for (const at of lengths.keys()) alone.push(await runOne(engine, await passOf(at)));
      const passes: Pass[] = [];
      for (const at of lengths.keys()) passes.push(await passOf(at));
      const together = await run(engine, passes);
      together.forEach((output, at) => {
        expect(sameBits(output.logits, (alone[at] as Output).logits), `sequence ${at}`).toBe(true);
        expect(sameBits(output.states, (alone[at] as Output).states), `sequence ${at}`).toBe(true);
      });
      // And they go on as if they had been alone.
      for (const [at, { sequence: one }] of passes.entries())
        expect(one.length()).toBe((lengths[at] ?? 0) + (rows[at] ?? 0));
    });

    it('a pass cut between layers equals one pass, for a prompt and for a row', async () => {
      const count = 80;
      const whole = sequence();
      const wholePrompt = await fill(engine, whole, prompt.slice(0, count));
      const wholeRow = await decode(engine, whole, prompt[count] as number, count);
      for (let cut = 1; cut < layers(); cut += layers() > 8 ? 7 : 1) {
        const parts = sequence();
        const run2 = async (tokens: readonly number[], positions: number[], prefill: boolean) => {
          const lower = await runOne(engine, {
            sequence: parts,
            tokens,
            positions,
            layers: [0, cut],
            states: true,
            prefill,
          });
          return runOne(engine, {
            sequence: parts,
            hidden: lower.states,
            positions,
            layers: [cut, layers()],
            logits: 1,
            prefill,
          });
        };
        const cutPrompt = await run2(prompt.slice(0, count), range(0, count), true);
        const cutRow = await run2([prompt[count] as number], [count], false);
        expect(sameBits(cutPrompt.logits, wholePrompt.logits), `prompt cut at ${cut}`).toBe(true);
        expect(sameBits(cutRow.logits, wholeRow.logits), `row cut at ${cut}`).toBe(true);
        parts[Symbol.dispose]();
      }
    });

    it('a row has the same logits whether or not anybody reads the rows before it', async () => {
      const count = 70;
      const positions = range(0, count);
      const tokens = prompt.slice(0, count);
      for (const prefill of [true, false]) {
        const pass = { tokens, positions, prefill };
        const last = await runOne(engine, { ...pass, sequence: sequence(), logits: 1 });
        const some = await runOne(engine, { ...pass, sequence: sequence(), logits: 5 });
        const states = await runOne(engine, { ...pass, sequence: sequence(), logits: 1, states: true });
        expect(sameBits(logitRow(some, 4), last.logits), `5 rows, prefill ${prefill}`).toBe(true);
        expect(sameBits(states.logits, last.logits), `states, prefill ${prefill}`).toBe(true);
        // Nor does what is stored depend on it.
        const read = sequence();
        const unread = sequence();
        await runOne(engine, { ...pass, sequence: read, logits: count, states: true });
        await runOne(engine, { ...pass, sequence: unread });
        const next = await decode(engine, unread, prompt[count] as number, count);
        expect(sameBits(next.logits, (await decode(engine, read, prompt[count] as number, count)).logits)).toBe(true);
      }
    });

    it('the head alone on hidden rows equals the head after the layers', async () => {
      const one = await filled(40);
      const positions = range(40, 44);
      const tokens = positions.map((at) => prompt[at] as number);
      const both = await runOne(engine, { sequence: one, tokens, positions, logits: 4, states: true });
      for (const rows of [1, 2, 4]) {
        const hidden = both.states.subarray(0, rows * engine.model.width);
        const at: readonly [number, number] = [layers(), layers()];
        const head = await runOne(engine, {
          sequence: one,
          hidden,
          positions: range(0, rows),
          layers: at,
          logits: rows,
        });
        for (let row = 0; row < rows; row++) expect(sameBits(logitRow(head, row), logitRow(both, row))).toBe(true);
      }
      expect(one.length()).toBe(44);
    });

    it('forgotten rows leave no trace', async () => {
      const one = await filled(60);
      const first = await decode(engine, one, prompt[60] as number, 60);
      const positions = range(61, 70);
      await runOne(engine, { sequence: one, tokens: positions.map(() => 5), positions });
      one.truncate(60);
      const again = await decode(engine, one, prompt[60] as number, 60);
      expect(sameBits(again.logits, first.logits)).toBe(true);
      one.truncate(0);
      const refilled = await fill(engine, one, prompt.slice(0, 61));
      const fresh = await filled(61);
      expect(sameBits((await decode(engine, one, 9, 61)).logits, (await decode(engine, fresh, 9, 61)).logits)).toBe(
        true,
      );
      expect(refilled.logits.length).toBe(engine.model.vocabulary);
    });

    it('a prompt on the same grid gives the same bits again, whatever ran before in its memory', async () => {
      const first = await fill(engine, sequence(), prompt, {}, 64);
      for (const one of opened.splice(0)) one[Symbol.dispose]();
      const other = sequence(700);
      await fill(engine, other, [...prompt].reverse(), {}, 50);
      other[Symbol.dispose]();
      opened.pop();
      const again = await fill(engine, sequence(), prompt, {}, 64);
      expect(sameBits(again.logits, first.logits)).toBe(true);
    });

    it('through the decode path a prompt has the same bits for every chunk size', async () => {
      const count = 150;
      const whole = await fill(engine, sequence(), prompt.slice(0, count), { prefill: false }, count);
      for (const chunk of some([1, 2, 3, 7, 16, 64, 100, 149], 4)) {
        const one = sequence();
        const cut = await fill(engine, one, prompt.slice(0, count), { prefill: false }, chunk);
        expect(sameBits(cut.logits, whole.logits), `chunks of ${chunk}`).toBe(true);
        one[Symbol.dispose]();
      }
    });

    it('hidden rows that are embeddings equal tokens', async () => {
      const tokens = prompt.slice(0, 30);
      const positions = range(0, 30);
      const byTokens = await runOne(engine, { sequence: sequence(), tokens, positions, logits: 30 });
      const one = sequence();
      const { states } = await runOne(engine, { sequence: one, tokens, positions, layers: [0, 0], states: true });
      const byRows = await runOne(engine, { sequence: one, hidden: states, positions, logits: 30 });
      expect(sameBits(byRows.logits, byTokens.logits)).toBe(true);
    });

    it('kvOnly writes the K and V that a full pass writes', async () => {
      const count = 50;
      const full = await filled(count);
      const only = await filled(count);
      const positions = range(count, count + 3);
      let rows: Partial<Pass> = { tokens: positions.map((at) => prompt[at] as number) };
      for (let layer = 0; layer < layers(); layer++) {
        const at: readonly [number, number] = [layer, layer + 1];
        await runOne(engine, { sequence: only, ...rows, positions, layers: at, kvOnly: true });
        const { states } = await runOne(engine, { sequence: full, ...rows, positions, layers: at, states: true });
        rows = { hidden: states };
      }
      const next = count + 3;
      const token = prompt[next] as number;
      const expected = await decode(engine, full, token, next);
      expect(sameBits((await decode(engine, only, token, next)).logits, expected.logits)).toBe(true);
    });

    it('keeping every slot changes nothing', async () => {
      const one = await filled(70);
      const other = await filled(70);
      const all = range(0, 70);
      for (let layer = 0; layer < layers(); layer++) {
        one.keep(layer, layer % 2 === 0 ? [all] : range(0, engine.model.kvHeads).map(() => all));
      }
      const expected = await decode(engine, other, 9, 70);
      expect(sameBits((await decode(engine, one, 9, 70)).logits, expected.logits)).toBe(true);
    });

    it('kept slots give what hiding the others gives', async () => {
      const count = 100;
      const kept = range(0, count).filter((slot) => slot < 4 || slot > 90 || slot % 3 === 0);
      const dropped = range(0, count).filter((slot) => !kept.includes(slot));
      const small = await filled(count);
      const full = await filled(count);
      for (let layer = 2; layer < layers(); layer++) small.keep(layer, [kept]);
      const positions = range(count, count + 3);
      const pass = { tokens: [9, 8, 7], positions, logits: 3 };
      const hide = [{ layers: [2, layers()] as const, slots: dropped }];
      const expected = await runOne(engine, { ...pass, sequence: full, hide });
      const found = await runOne(engine, { ...pass, sequence: small });
      expect(distance(found.logits, expected.logits)).toBeLessThan(tolerance);
      // The oracle itself acts: without hiding, the logits are far away.
      full.truncate(count);
      const unhidden = await runOne(engine, { ...pass, sequence: full });
      expect(distance(unhidden.logits, expected.logits)).toBeGreaterThan(3 * tolerance);
      expect(small.bytesHeld()).toBeLessThan(full.bytesHeld());
    });

    it('holes filled from the end give what hiding gives, whatever the order of slots', async () => {
      const count = 90;
      const heads = range(0, engine.model.kvHeads);
      const gone = (head: number) => range(0, count).filter((slot) => slot > 3 && slot % 5 === head % 5);
      const left = count - gone(0).length;
      /** Slots below `left` that go are filled with what stays behind. */
      const filledUp = (head: number) => {
        const behind = range(left, count).filter((slot) => !gone(head).includes(slot));
        return range(0, left).map((slot) => (gone(head).includes(slot) ? (behind.pop() as number) : slot));
      };
      const small = await filled(count);
      const full = await filled(count);
      for (let layer = 1; layer < layers(); layer++) small.keep(layer, heads.map(filledUp));
      const hide = heads.map((head) => ({ layers: [1, layers()] as const, kvHeads: [head], slots: gone(head) }));
      const positions = range(count, count + 2);
      const pass = { tokens: [9, 8], positions, logits: 2 };
      const expected = await runOne(engine, { ...pass, sequence: full, hide });
      const found = await runOne(engine, { ...pass, sequence: small });
      expect(distance(found.logits, expected.logits)).toBeLessThan(tolerance);
      expect(() => small.keep(0, [[1, 0]])).toThrow(/never move up/);
      expect(() => small.keep(0, [[1, 1]])).toThrow(/kept once/);
    });

    it('slots kept per KV head give what hiding per KV head gives', async () => {
      const count = 90;
      const heads = range(0, engine.model.kvHeads);
      const keptBy = (head: number) => range(0, count).filter((slot) => slot % 3 !== head % 3);
      const small = await filled(count);
      const full = await filled(count);
      small.keep(1, heads.map(keptBy));
      const hide = heads.map((head) => ({
        layers: [1, 2] as const,
        kvHeads: [head],
        slots: range(0, count).filter((slot) => slot % 3 === head % 3),
      }));
      const pass = { tokens: [9], positions: [count], logits: 1 };
      const expected = await runOne(engine, { ...pass, sequence: full, hide });
      const found = await runOne(engine, { ...pass, sequence: small });
      expect(distance(found.logits, expected.logits)).toBeLessThan(tolerance);
    });

    it('passes that differ in layers or input run one after the other and give what they give alone', async () => {
      const lengths = [30, 50, 40];
      const passesFor = async (): Promise<Pass[]> => {
        const [a, b, c] = await Promise.all(lengths.map((count) => filled(count)));
        const hidden = new Float32Array(engine.model.width).fill(0.1);
        const tokens = prompt.slice(40, 60);
        return [
          { sequence: a as Sequence, tokens: [9], positions: [30], logits: 1 },
          { sequence: b as Sequence, hidden, positions: [50], layers: [3, layers()], logits: 1, states: true },
          { sequence: c as Sequence, tokens, positions: range(40, 60), logits: 1, prefill: true },
        ];
      };
      const alone: Output[] = [];
      for (const pass of await passesFor()) alone.push(await runOne(engine, pass));
      const together = await run(engine, await passesFor());
      together.forEach((output, at) => {
        expect(sameBits(output.logits, (alone[at] as Output).logits), `pass ${at}`).toBe(true);
        expect(sameBits(output.states, (alone[at] as Output).states), `pass ${at}`).toBe(true);
      });
    });
  });
}
