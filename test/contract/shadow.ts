/**
 * An independent look at a pruned or evicted cache. What is in it is read off the rows that were run and the slots that
 * were kept, not off what the policy says; what should come out of it says a full model with the rest hidden.
 */
import { createHash } from 'node:crypto';
import type { Context, Engine, Hidden, Output, Pass, Sequence } from '../../src/core/index.ts';
import { createMeter } from '../../src/core/index.ts';

/** Positions by slot, per layer and KV head. */
type Slots = number[][][];

/** One pass that gave logits: what its last row saw. */
export interface Look {
  /** Tokens run so far. */
  tokens: number;
  slots: Slots;
  logits: Float32Array;
}

export interface Shadow {
  engine: Engine;
  looks: Look[];
  /** Most slots any layer had filled, the row being added included. */
  most(): number;
  /** Largest difference between logits of the policy and of the full model with everything else hidden, per look. */
  distances(): Promise<number[]>;
}

const digest = (row: Float32Array) =>
  createHash('sha1')
    .update(new Uint8Array(row.buffer, row.byteOffset, row.byteLength))
    .digest('base64');

/** The engine for a policy that runs one call without speculation. */
export function shadow(inner: Engine): Shadow {
  const { layers, kvHeads, width } = inner.model;
  const ids: number[] = [];
  const looks: Look[] = [];
  const slots: Slots = Array.from({ length: layers }, () => Array.from({ length: kvHeads }, () => []));
  /** Which token a hidden row belongs to, by the layer it entered and its bits. */
  const rowsSeen = new Map<string, number>();
  const real = new Map<Sequence, Sequence>();
  let most = 0;

  function open(capacity: number, context: Context): Sequence {
    const sequence = inner.open(capacity, context);
    const seen: Sequence = {
      capacity,
      length: (layer) => sequence.length(layer),
      truncate: (length, range) => sequence.truncate(length, range),
      keyNorms: (layer, from) => sequence.keyNorms(layer, from),
      bytesHeld: () => sequence.bytesHeld(),
      keep(layer, lists) {
        sequence.keep(layer, lists);
        slots[layer] = (slots[layer] as number[][]).map((head, at) =>
          Array.from(lists[lists.length === 1 ? 0 : at] as ArrayLike<number>, (slot) => head[slot] as number),
        );
      },
      [Symbol.dispose]: () => sequence[Symbol.dispose](),
    };
    real.set(seen, sequence);
    return seen;
  }

  /** The tokens that a pass's rows stand for, whatever positions it claims. */
  function tokensOf(pass: Pass, from: number): number[] {
    if (pass.tokens) return Array.from(pass.tokens, (id) => ids.push(id) - 1);
    return Array.from({ length: pass.positions.length }, (_, row) => {
      const bits = digest((pass.hidden as Float32Array).subarray(row * width, (row + 1) * width));
      return rowsSeen.get(`${from} ${bits}`) ?? Number.NaN;
    });
  }

  function note(pass: Pass, output: Output): void {
    const [from, to] = pass.layers ?? [0, layers];
    const tokens = tokensOf(pass, from);
    for (const heads of slots.slice(from, to)) for (const head of heads) head.push(...tokens);
    for (const heads of slots) most = Math.max(most, (heads[0] as number[]).length);
    if (pass.states) {
      tokens.forEach((token, row) => {
        rowsSeen.set(`${to} ${digest(output.states.subarray(row * width, (row + 1) * width))}`, token);
      });
    }
    if (output.logits.length > 0) {
      looks.push({ tokens: ids.length, slots: structuredClone(slots), logits: output.logits.slice() });
    }
  }

  return {
    looks,
    most: () => most,
    engine: {
      ...inner,
      open,
      forward: (passes, read) =>
        inner.forward(
          passes.map((pass) => ({ ...pass, sequence: real.get(pass.sequence) as Sequence })),
          (outputs) => {
            passes.forEach((pass, at) => {
              note(pass, outputs[at] as Output);
            });
            return read(outputs);
          },
        ),
    },
    distances: () => distances(inner, ids, looks),
  };
}

/** What a look did not see, for the full model. */
function hiddenFrom({ tokens, slots }: Look): Hidden[] {
  return slots.flatMap((heads, layer) =>
    heads.map((head, at) => {
      const seen = new Set(head);
      const gone = Array.from({ length: tokens }, (_, position) => position).filter((position) => !seen.has(position));
      return { layers: [layer, layer + 1] as const, kvHeads: [at], slots: gone };
    }),
  );
}

async function distances(engine: Engine, ids: readonly number[], looks: readonly Look[]): Promise<number[]> {
  using full = engine.open(ids.length + 1, { signal: new AbortController().signal, meter: createMeter() });
  const found: number[] = [];
  let done = 0;
  for (const look of looks) {
    const tokens = ids.slice(done, look.tokens);
    const positions = tokens.map((_, row) => done + row);
    const pass = { sequence: full, tokens, positions, logits: 1, hide: hiddenFrom(look), prefill: done === 0 };
    found.push(await engine.forward([pass], ([output]) => distance(look.logits, (output as Output).logits)));
    done = look.tokens;
  }
  return found;
}

export function distance(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, at) => Math.max(most, Math.abs(value - (b[at] as number))), 0);
}
