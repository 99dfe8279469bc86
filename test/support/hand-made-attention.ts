/**
 * An engine whose attention and key lengths are written by hand, by position: what a KV budget should keep can then be
 * counted on fingers. Its cache moves slots as `Sequence.keep` says and knows which position lies where.
 */
import type { Context, Engine, Output, Pass, Sequence } from '../../src/core/index.ts';

export interface Pattern {
  layers: number;
  kvHeads: number;
  /** Length of the prompt, in tokens. */
  prompt: number;
  /** Mass that the query at one position puts on the key at another. */
  attention(layer: number, head: number, query: number, key: number): number;
  /** Length of the key of a position. */
  norm(layer: number, head: number, position: number): number;
}

export interface HandMade {
  engine: Engine;
  /** After the prompt and after each step: positions in the cache, ascending, [look][layer][head]. */
  looks: number[][][][];
  /** How many of the last rows each pass asked about. */
  asked: number[];
  /** Most slots a layer ever filled. */
  most(): number;
}

type Slots = number[][][];

function openSequence({ layers, kvHeads, norm }: Pattern, capacity: number): Sequence & { slots: Slots } {
  const slots: Slots = Array.from({ length: layers }, () => Array.from({ length: kvHeads }, () => []));
  return {
    slots,
    capacity,
    length: (layer = 0) => ((slots[layer] as number[][])[0] as number[]).length,
    truncate: () => undefined,
    keep(layer, lists) {
      slots[layer] = (slots[layer] as number[][]).map((head, at) =>
        Array.from(lists[lists.length === 1 ? 0 : at] as ArrayLike<number>, (slot) => head[slot] as number),
      );
    },
    keyNorms: (layer, from = 0) =>
      Float32Array.from(
        (slots[layer] as number[][]).flatMap((head, at) =>
          head.slice(from).map((position) => norm(layer, at, position)),
        ),
      ),
    bytesHeld: () => 0,
    [Symbol.dispose]: () => undefined,
  };
}

export function handMade(pattern: Pattern): HandMade {
  const looks: number[][][][] = [];
  const asked: number[] = [];
  let most = 0;

  function run({ sequence, positions, layers: [from, to] = [0, pattern.layers], attention, logits }: Pass): Output {
    const { slots } = sequence as ReturnType<typeof openSequence>;
    const rows = Array.from(positions);
    for (const heads of slots.slice(from, to)) for (const head of heads) head.push(...rows);
    most = Math.max(most, ...slots.map((heads) => (heads[0] as number[]).length));
    const queries = attention ? rows.slice(rows.length - attention.queries) : [];
    if (attention) asked.push(attention.queries);
    const massOf = (layer: number) => (head: readonly number[], at: number) =>
      head.map((key) =>
        queries.reduce((sum, query) => sum + (key <= query ? pattern.attention(layer, at, query, key) : 0), 0),
      );
    return {
      logits: new Float32Array(logits ? 4 * logits : 0).fill(1),
      candidates: new Float32Array(0),
      states: Float32Array.from(rows),
      attention: (attention?.layers ?? []).map((layer) =>
        Float32Array.from((slots[layer] as number[][]).flatMap(massOf(layer))),
      ),
    };
  }

  const engine: Engine = {
    chunk: 256,
    model: {
      architecture: 'by hand',
      layers: pattern.layers,
      width: 1,
      heads: pattern.kvHeads,
      kvHeads: pattern.kvHeads,
      headSize: 1,
      feedForward: 1,
      vocabulary: 4,
      contextLength: 1000,
    },
    tokenizer: {
      encode: () => new Array(pattern.prompt).fill(1),
      bytes: () => Uint8Array.of(97),
      decode: (ids) => 'a'.repeat(ids.length),
      endIds: new Set([3]),
      chat: () => '',
    },
    open: (capacity: number, _: Context) => openSequence(pattern, capacity),
    async forward(passes, read) {
      const result = read(passes.map(run));
      for (const { sequence } of passes) {
        const { slots } = sequence as ReturnType<typeof openSequence>;
        looks.push(slots.map((heads) => heads.map((head) => head.toSorted((a, b) => a - b))));
      }
      return result;
    },
  };
  return { engine, looks, asked, most: () => most };
}
