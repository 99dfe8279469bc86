/**
 * An engine over a Markov chain of a few tokens: quick enough for tens of thousands of samples through real policies.
 * Its cache checks what the real one cannot: every row must stand at the slot that is its position.
 */
import type { Context, Engine, ModelShape, Output, Pass, Sequence } from '../../src/core/index.ts';

export interface Chain {
  /** target[last][next]: what the whole model says. */
  target: readonly (readonly number[])[];
  /** early[last][next]: what its head says after any layer but the last. */
  early: readonly (readonly number[])[];
  endIds?: ReadonlySet<number>;
  /** What the engine says of its model, depth included; else a toy of four layers. */
  model?: ModelShape;
}

const toyLayers = 4;

function openSequence(capacity: number, layers: number): Sequence & { ids: number[][] } {
  const ids: number[][] = Array.from({ length: layers }, () => []);
  return {
    ids,
    capacity,
    length: (layer = 0) => (ids[layer] as number[]).length,
    truncate(length, [from, to] = [0, layers]) {
      for (const layer of ids.slice(from, to)) layer.length = Math.min(layer.length, length);
    },
    keep: () => undefined,
    keyNorms: () => new Float32Array(),
    bytesHeld: () => 0,
    [Symbol.dispose]: () => undefined,
  };
}

function run(chain: Chain, pass: Pass, meter: Context['meter']): Output {
  const layers = chain.model?.layers ?? toyLayers;
  const [from, to] = pass.layers ?? [0, layers];
  const rows = Array.from(pass.tokens ?? (pass.hidden as Float32Array));
  const { ids } = pass.sequence as ReturnType<typeof openSequence>;
  rows.forEach((id, row) => {
    for (const layer of ids.slice(from, to)) {
      if (layer.length !== pass.positions[row])
        throw new Error(`position ${pass.positions[row]} at slot ${layer.length}`);
      layer.push(id);
    }
  });
  if (to > from) meter.add('passes', 1);
  const table = to === layers ? chain.target : chain.early;
  const logits = rows.slice(rows.length - (pass.logits ?? 0)).flatMap((id) => (table[id] as number[]).map(Math.log));
  return {
    logits: Float32Array.from(logits),
    candidates: new Float32Array(0),
    states: Float32Array.from(rows),
    attention: [],
  };
}

export function createToyEngine(chain: Chain): Engine {
  const contexts = new Map<Sequence, Context>();
  return {
    chunk: 256,
    model: chain.model ?? {
      architecture: 'toy',
      layers: toyLayers,
      width: 1,
      heads: 1,
      kvHeads: 1,
      headSize: 1,
      feedForward: 1,
      vocabulary: chain.target.length,
      contextLength: 1_000_000,
    },
    tokenizer: {
      encode: () => [0],
      bytes: (id) => Uint8Array.of(97 + id),
      decode: (ids) => String.fromCharCode(...ids.map((id) => 97 + id)),
      endIds: chain.endIds ?? new Set(),
      chat: () => '',
    },
    open(capacity, context) {
      const sequence = openSequence(capacity, chain.model?.layers ?? toyLayers);
      contexts.set(sequence, context);
      return sequence;
    },
    forward: async (passes, read) =>
      read(passes.map((pass) => run(chain, pass, (contexts.get(pass.sequence) as Context).meter))),
  };
}
