/** An engine whose sequences leave a copy of their filled K and V slots behind when they are disposed. */
import type { Engine, Sequence } from '../../src/core/index.ts';
import { KvSequence } from '../../src/engine/kv-sequence.ts';

export interface LayerSnapshot {
  slots: number;
  /** Same K and V in the slots that both hold. */
  equals(other: LayerSnapshot): boolean;
  /** Value of K or V at a slot, as F16 bits. */
  at(slot: number, value: number): number;
}

function snapshot(sequence: Sequence, engine: Engine): LayerSnapshot[] {
  if (!(sequence instanceof KvSequence)) throw new Error('not a sequence of the real engine');
  const { headSize, kvHeads } = engine.model;
  const width = kvHeads * headSize;
  const { slots: stride, keyMemory, valueMemory } = sequence.buffer;
  return keyMemory.map((memory, layer) => {
    const keys = memory.slice();
    const values = (valueMemory[layer] as Uint16Array).slice();
    const slots = sequence.length(layer);
    // K lies head by head, V value by value.
    const keyAt = (slot: number, value: number) =>
      (Math.floor(value / headSize) * stride + slot) * headSize + (value % headSize);
    const at = (slot: number, value: number) =>
      (value < width ? keys[keyAt(slot, value)] : values[(value - width) * stride + slot]) as number;
    return {
      slots,
      at,
      equals(other) {
        for (let slot = 0; slot < Math.min(slots, other.slots); slot++)
          for (let value = 0; value < 2 * width; value++) if (at(slot, value) !== other.at(slot, value)) return false;
        return true;
      },
    };
  });
}

export function snapshots(engine: Engine): { engine: Engine; last(): LayerSnapshot[] } {
  let latest: LayerSnapshot[] = [];
  const watched: Engine = {
    model: engine.model,
    tokenizer: engine.tokenizer,
    chunk: engine.chunk,
    forward: engine.forward,
    open(capacity, context) {
      const sequence = engine.open(capacity, context);
      const dispose = sequence[Symbol.dispose].bind(sequence);
      sequence[Symbol.dispose] = () => {
        latest = snapshot(sequence, engine);
        dispose();
      };
      return sequence;
    },
  };
  return { engine: watched, last: () => latest };
}
