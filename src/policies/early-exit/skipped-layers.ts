/**
 * What happens in the layers that a token skipped. Later tokens need its K and V there, so its exit state waits until
 * one of them goes deep: then `propagate` computes K and V from the state as it stands, and `backfill` runs it through
 * the layers, in one pass with the token that goes deep.
 */
import type { Engine, Output, Sequence } from '../../core/index.ts';

export interface SkippedLayers {
  /** A row whose token left: its hidden row after the exit layer waits for K and V. */
  defer(hidden: Float32Array, position: number): Promise<void>;
  /** A row that goes on; `read` gets its logits. */
  goDeep<T>(hidden: Float32Array, position: number, read: (logits: Float32Array) => T): Promise<T>;
}

/** With the row that goes deep a pass has at most 16 rows: up to 16 the engine checks that rows have the bits they have alone. */
const mostWaiting = 15;

export function createSkippedLayers(
  engine: Engine,
  sequence: Sequence,
  exitLayer: number,
  kv: 'propagate' | 'backfill',
): SkippedLayers {
  const { layers, width } = engine.model;
  const deep = [exitLayer, layers] as const;
  const waiting: { hidden: Float32Array; position: number }[] = [];

  function takeWaiting(): { sequence: Sequence; hidden: Float32Array; positions: number[] } {
    const hidden = new Float32Array(waiting.length * width);
    waiting.forEach((row, at) => {
      hidden.set(row.hidden, at * width);
    });
    const positions = waiting.map(({ position }) => position);
    waiting.length = 0;
    return { sequence, hidden, positions };
  }

  async function settle(): Promise<void> {
    if (waiting.length === 0) return;
    await engine.forward([{ ...takeWaiting(), layers: deep, kvOnly: kv === 'propagate' }], () => undefined);
  }

  return {
    async defer(hidden, position) {
      waiting.push({ hidden, position });
      if (waiting.length === mostWaiting) await settle();
    },
    async goDeep(hidden, position, read) {
      if (kv === 'propagate') await settle();
      waiting.push({ hidden, position });
      return engine.forward([{ ...takeWaiting(), layers: deep, logits: 1 }], ([output]) =>
        read((output as Output).logits),
      );
    },
  };
}
