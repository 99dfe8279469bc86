import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { KvBuffer } from './kv-buffer.ts';
import { copySlots } from './kv-buffer.ts';
import type { KvSequence } from './kv-sequence.ts';
import { createKeptPrompt } from './prefix-cache.ts';

const [layers, kvHeads, headSize, chunk] = [2, 3, 4, 8];

/** Memory alone; every value says which head, value and token it belongs to. */
function bufferOf(slots: number): KvBuffer {
  const memory = () => Array.from({ length: layers }, () => new Uint16Array(kvHeads * headSize * slots));
  return { id: 0, slots, headSize, keys: [], values: [], keyMemory: memory(), valueMemory: memory(), free() {} };
}
const mark = (layer: number, value: number, token: number) => 1 + layer * 20_000 + value * 1000 + token;

function each(
  buffer: KvBuffer,
  to: number,
  visit: (at: { memory: Uint16Array; index: number; want: number; token: number }) => void,
) {
  for (let layer = 0; layer < layers; layer++)
    for (let value = 0; value < kvHeads * headSize; value++)
      for (let token = 0; token < to; token++) {
        const [head, part] = [Math.floor(value / headSize), value % headSize];
        const keys = buffer.keyMemory[layer] as Uint16Array;
        visit({
          memory: keys,
          index: (head * buffer.slots + token) * headSize + part,
          want: mark(layer, value, token),
          token,
        });
        const values = buffer.valueMemory[layer] as Uint16Array;
        visit({ memory: values, index: value * buffer.slots + token, want: 30_000 + mark(layer, value, token), token });
      }
}

/** A sequence whose slots hold what belongs to these tokens (ids below 900). */
function holding(ids: readonly number[], slots: number) {
  const buffer = bufferOf(slots);
  const write = (from: number) =>
    each(buffer, ids.length, ({ memory, index, want, token }) => {
      if (token >= from) memory[index] = want - token + (ids[token] as number);
    });
  const sequence = {
    fillFrom: (source: KvBuffer, count: number) => copySlots(source, buffer, 0, count),
    copyTo: (target: KvBuffer, from: number, to: number) => copySlots(buffer, target, from, to),
  } as unknown as KvSequence;
  return { buffer, write, sequence };
}

it('gives each prompt the K and V of its own tokens, in whole chunks, and never the last token', () => {
  const prompt = fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(fc.array(fc.tuple(prompt, fc.nat(20)), { minLength: 1, maxLength: 6 }), (prompts) => {
      let taken = 0;
      const kept = createKeptPrompt(
        {
          take: (slots) => {
            taken++;
            return bufferOf(slots + 3);
          },
          giveBack: () => void taken--,
        },
        chunk,
      );
      let before: readonly number[] = [];
      for (const [tail, room] of prompts) {
        // All begin alike, so that there is something to share.
        const ids = [...[5, 6, 7, 8, 9, 10, 11, 12, 13], ...tail];
        const { buffer, write, sequence } = holding(ids, ids.length + room);
        const filled = kept.fill(sequence, ids);
        const alike = ids.findIndex((id, at) => id !== before[at]);
        const most = Math.min(
          alike < 0 ? ids.length : alike,
          ids.length - 1,
          Math.floor(before.length / chunk) * chunk,
        );
        expect(filled).toBe(Math.floor(most / chunk) * chunk);
        write(filled);
        kept.keep(sequence, ids);
        each(buffer, ids.length, ({ memory, index, want, token }) =>
          expect(memory[index]).toBe(want - token + (ids[token] as number)),
        );
        before = ids;
        expect(taken).toBeLessThanOrEqual(1);
      }
      kept[Symbol.dispose]();
      expect(taken).toBe(0);
    }),
    { numRuns: 60 },
  );
});
