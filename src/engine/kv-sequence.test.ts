import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { freshContext, range } from '../../test/agreement/bench.ts';
import { type KvBuffer, zeroSlots } from './kv-buffer.ts';
import { KvSequence } from './kv-sequence.ts';
import type { Shape } from './shape.ts';

const shape = { layers: 2, kvHeads: 2, headSize: 3 } as Shape;
const slots = 24;
const width = shape.kvHeads * shape.headSize;

/** A buffer in plain memory whose every K and V value says where it was written: layer, slot and place. */
function markedBuffer(): KvBuffer {
  const layers = range(0, shape.layers);
  const mark = (layer: number, slot: number, value: number) => 1 + (layer * slots + slot) * width + value;
  const { headSize } = shape;
  return {
    id: 1,
    slots,
    headSize,
    keys: [],
    values: [],
    keyMemory: layers.map((layer) =>
      Uint16Array.from({ length: slots * width }, (_, at) => {
        const head = Math.floor(at / (slots * headSize));
        return mark(layer, Math.floor(at / headSize) % slots, head * headSize + (at % headSize));
      }),
    ),
    valueMemory: layers.map((layer) =>
      Uint16Array.from({ length: slots * width }, (_, at) => mark(layer, at % slots, Math.floor(at / slots))),
    ),
    free: () => undefined,
  };
}

function filledSequence(filled = slots): { sequence: KvSequence; buffer: KvBuffer } {
  const buffer = markedBuffer();
  const sequence = new KvSequence(buffer, slots, freshContext(), shape, () => undefined);
  sequence.advance(filled, 0, shape.layers);
  return { sequence, buffer };
}

/** The slots that the K and V of a head in each filled slot came from. */
function origins(sequence: KvSequence, buffer: KvBuffer, layer: number, head: number): number[][] {
  const filled = range(0, sequence.length(layer));
  const slotOf = (mark: number) => Math.floor((mark - 1) / width) % slots;
  const { headSize } = shape;
  return range(head * headSize, (head + 1) * headSize).flatMap((value) => [
    filled.map((slot) => slotOf(buffer.keyMemory[layer]?.[keyAt(slot, value)] as number)),
    filled.map((slot) => slotOf(buffer.valueMemory[layer]?.[value * slots + slot] as number)),
  ]);
}

const keyAt = (slot: number, value: number) => {
  const { headSize } = shape;
  return (Math.floor(value / headSize) * slots + slot) * headSize + (value % headSize);
};

const subset = fc.subarray(range(0, slots));

describe('keep', () => {
  it('moves the kept slots to the front, in K and V, and leaves other layers alone', () => {
    fc.assert(
      fc.property(subset, (kept) => {
        const { sequence, buffer } = filledSequence();
        sequence.keep(1, [kept]);
        expect(sequence.length(1)).toBe(kept.length);
        expect(sequence.length(0)).toBe(slots);
        for (const head of [0, 1]) {
          for (const found of origins(sequence, buffer, 1, head)) expect(found).toEqual(kept);
          for (const found of origins(sequence, buffer, 0, head)) expect(found).toEqual(range(0, slots));
        }
      }),
    );
  });

  it('takes a list per KV head', () => {
    fc.assert(
      fc.property(subset, fc.integer({ min: 0, max: 5 }), (first, shift) => {
        // As many slots for the second head, others where possible.
        const second = first.map((_, at) => at + Math.min(shift, slots - first.length));
        const { sequence, buffer } = filledSequence();
        sequence.keep(0, [first, second]);
        for (const found of origins(sequence, buffer, 0, 0)) expect(found).toEqual(first);
        for (const found of origins(sequence, buffer, 0, 1)) expect(found).toEqual(second);
      }),
    );
  });

  it('moves long runs as it moves single slots', () => {
    const { sequence, buffer } = filledSequence();
    const kept = [...range(0, 2), ...range(3, 24)];
    sequence.keep(0, [kept]);
    for (const found of origins(sequence, buffer, 0, 0)) expect(found).toEqual(kept);
  });

  it.each([
    ['a slot twice', [[1, 1]]],
    ['a slot that was not filled', [[0, 20]]],
    ['a negative slot', [[-1]]],
    ['half a slot', [[0.5]]],
    ['lists of different length', [[0, 1], [0]]],
    ['three lists for two heads', [[0], [0], [0]]],
    ['no list', []],
  ])('refuses %s and changes nothing', (_, lists) => {
    const { sequence, buffer } = filledSequence(20);
    expect(() => sequence.keep(0, lists)).toThrow(expect.objectContaining({ code: 'E_ARGUMENT' }));
    expect(sequence.length(0)).toBe(20);
    expect(origins(sequence, buffer, 0, 0)[0]).toEqual(range(0, 20));
  });
});

describe('truncate', () => {
  it('forgets slots of some layers or of all, and never adds any', () => {
    const { sequence } = filledSequence(10);
    sequence.truncate(4, [1, 2]);
    expect([sequence.length(0), sequence.length(1)]).toEqual([10, 4]);
    sequence.truncate(7);
    expect([sequence.length(0), sequence.length(1)]).toEqual([7, 4]);
    expect(() => sequence.truncate(-1)).toThrow(expect.objectContaining({ code: 'E_ARGUMENT' }));
    expect(() => sequence.length(2)).toThrow(expect.objectContaining({ code: 'E_ARGUMENT' }));
  });

  it('bytesHeld counts filled slots of every layer: K and V, two bytes a value', () => {
    const { sequence } = filledSequence(10);
    expect(sequence.bytesHeld()).toBe(2 * 10 * 2 * width * 2);
    sequence.truncate(3, [0, 1]);
    expect(sequence.bytesHeld()).toBe((10 + 3) * 2 * width * 2);
  });
});

describe('dispose', () => {
  it('gives the buffer back once, with the number of slots that were ever written', () => {
    const released: number[] = [];
    const sequence = new KvSequence(markedBuffer(), slots, freshContext(), shape, (_, __, used) => released.push(used));
    sequence.advance(9, 0, 1);
    sequence.advance(12, 1, 2);
    sequence.truncate(0);
    sequence[Symbol.dispose]();
    sequence[Symbol.dispose]();
    expect(released).toEqual([12]);
    expect(() => sequence.keep(0, [[]])).toThrow(expect.objectContaining({ code: 'E_ARGUMENT' }));
    expect(() => sequence.buffer).toThrow(expect.objectContaining({ code: 'E_ARGUMENT' }));
  });

  it('zeroing used slots leaves no mark of them and all others', () => {
    const buffer = markedBuffer();
    const before = markedBuffer();
    zeroSlots(buffer, 5);
    for (const layer of [0, 1]) {
      const keys = buffer.keyMemory[layer] as Uint16Array;
      const values = buffer.valueMemory[layer] as Uint16Array;
      for (let at = 0; at < keys.length; at++) {
        expect(keys[at]).toBe(Math.floor(at / shape.headSize) % slots < 5 ? 0 : before.keyMemory[layer]?.[at]);
        expect(values[at]).toBe(at % slots < 5 ? 0 : before.valueMemory[layer]?.[at]);
      }
    }
  });
});
