/** What stays in the cache, for attention and key lengths small enough to decide by hand. */
import { describe, expect, it } from 'vitest';
import {
  forgetsWhatWas,
  keepsLongKeys,
  looksAtTheWholePrompt,
  oneListForAll,
} from '../../../test/contract/broken/kv-cache.ts';
import { callOf, open, play } from '../../../test/contract/contract.ts';
import { type HandMade, handMade, type Pattern } from '../../../test/support/hand-made-attention.ts';
import type { AnyPolicy } from '../../core/index.ts';
import { kvCosine, kvStatic } from './kv-cache.ts';

/** Ten prompt tokens. Head 0 of layer 0 and head 1 of layer 1 see the first pattern, the other two the second. */
const seen: [key: number, from: number, to: number, mass: number][][] = [
  [
    // Old glory: asked for by four early tokens, then by none.
    [2, 3, 6, 5],
    [5, 8, 9, 3],
    [6, 7, 9, 2.5],
    // What the first decoded token asks for.
    [8, 10, 10, 9],
  ],
  [
    [1, 2, 9, 1],
    [4, 5, 5, 4],
    [7, 8, 9, 0.9],
    [4, 10, 10, 3],
  ],
];
/** Short keys. */
const short = [
  [4, 7],
  [3, 5],
];
const patternOf = (layer: number, head: number) => (layer + head) % 2;
const pattern: Pattern = {
  layers: 2,
  kvHeads: 2,
  prompt: 10,
  attention: (layer, head, query, key) =>
    seen[patternOf(layer, head)]!.reduce(
      (sum, [at, from, to, mass]) => sum + (at === key && query >= from && query <= to ? mass : 0),
      0,
    ),
  norm: (layer, head, position) => (short[patternOf(layer, head)]!.includes(position) ? 1 : 2),
};

/** Five slots: the first token, the newest two, and the two that are worth most. */
const five = { budget: 5, sinks: 1, recent: 2, window: 2 };

async function played(policy: AnyPolicy, params: Record<string, unknown>, maxTokens = 2): Promise<HandMade> {
  const toy = handMade(pattern);
  await play(open(policy, params, toy.engine), callOf(0, { maxTokens }));
  return toy;
}

/** Positions after the prompt and after the step, of both patterns; both layers must agree on them. */
async function kept(policy: AnyPolicy, keep: string): Promise<number[][][]> {
  const { looks } = await played(policy, { ...five, keep });
  for (const [first, second] of looks) expect(second).toEqual([...first!].reverse());
  return looks.map(([first]) => first!);
}

/** By `keep`: what stays of the prompt, then what stays once position 10 came, per pattern. */
const expected: Record<string, number[][][]> = {
  // Worth 20 for 2, 7.5 for 6, 6 for 5; then 9 for 8. Second pattern: 8 for 1, 4 for 4, 1.8 for 7; then 7 for 4.
  h2o: [
    [
      [0, 2, 6, 8, 9],
      [0, 1, 4, 8, 9],
    ],
    [
      [0, 2, 8, 9, 10],
      [0, 1, 4, 9, 10],
    ],
  ],
  // The last two prompt tokens ask: 6 for 5, 5 for 6; then 9 for 8. Second pattern: 2 for 1, 1.8 for 7; 4 is gone.
  snapkv: [
    [
      [0, 5, 6, 8, 9],
      [0, 1, 7, 8, 9],
    ],
    [
      [0, 5, 8, 9, 10],
      [0, 1, 7, 9, 10],
    ],
  ],
  knorm: [
    [
      [0, 4, 7, 8, 9],
      [0, 3, 5, 8, 9],
    ],
    [
      [0, 4, 7, 9, 10],
      [0, 3, 5, 9, 10],
    ],
  ],
  recent: [
    [
      [0, 6, 7, 8, 9],
      [0, 6, 7, 8, 9],
    ],
    [
      [0, 7, 8, 9, 10],
      [0, 7, 8, 9, 10],
    ],
  ],
};

/** Of the keys that are not short, all equal, the newest two. */
const longKeys = [
  [
    [0, 5, 6, 8, 9],
    [0, 6, 7, 8, 9],
  ],
  [
    [0, 6, 8, 9, 10],
    [0, 7, 8, 9, 10],
  ],
];

describe('five slots of a prompt of ten tokens and one more', () => {
  it.each(Object.keys(expected))('%s, per layer and head', async (keep) => {
    expect(await kept(kvStatic as AnyPolicy, keep)).toEqual(expected[keep]);
  });

  it.each<[string, AnyPolicy, string, number[][][]]>([
    ['h2o that forgets what was asked before', forgetsWhatWas, 'h2o', expected.snapkv!],
    ['snapkv that lets the whole prompt ask', looksAtTheWholePrompt, 'snapkv', expected.h2o!],
    ['knorm that keeps the long keys', keepsLongKeys, 'knorm', longKeys],
    [
      'heads that share the list of the first',
      oneListForAll,
      'snapkv',
      expected.snapkv!.map(([first]) => [first!, first!]),
    ],
  ])('catch %s', async (_, policy, keep, wrong) => {
    const { looks } = await played(policy, { ...five, keep });
    const first = looks.map(([layer]) => layer!);
    expect(first).not.toEqual(expected[keep]);
    expect(first).toEqual(wrong);
  });

  it('ask the prompt as far as their worth reaches, and nothing where it needs no attention', async () => {
    const asked = async (keep: string) => (await played(kvStatic as AnyPolicy, { ...five, keep }, 3)).asked;
    expect(await asked('h2o')).toEqual([10, 1, 1]);
    expect(await asked('snapkv')).toEqual([2, 1, 1]);
    expect(await asked('knorm')).toEqual([]);
    expect(await asked('recent')).toEqual([]);
  });
});

describe('slots', () => {
  it('are used again: twenty more tokens never take a slot beyond the prompt', async () => {
    const { looks, most } = await played(kvStatic as AnyPolicy, { ...five, keep: 'h2o' }, 21);
    expect(looks).toHaveLength(21);
    expect(most()).toBe(10);
    for (const layers of looks) for (const heads of layers) for (const head of heads) expect(head).toHaveLength(5);
  });

  it('of a ratio grow with the answer: ⌈.5 · tokens⌉', async () => {
    const { looks } = await played(kvStatic as AnyPolicy, { ratio: 0.5, sinks: 1, recent: 2, keep: 'knorm' }, 4);
    expect(looks.map(([layer]) => layer![0]!.length)).toEqual([5, 6, 6, 7]);
  });

  it('over layers: ten in the first and six in the last, sixteen as with .8 everywhere', async () => {
    const small = { sinks: 1, recent: 2 };
    const lengths = async (policy: AnyPolicy, params: object) =>
      (await played(policy, { ...small, ...params }, 1)).looks[0]!.map(([head]) => head!.length);
    expect(await lengths(kvCosine as AnyPolicy, { ratio_max: 1, ratio_min: 0.6 })).toEqual([10, 6]);
    expect(await lengths(kvStatic as AnyPolicy, { ratio: 0.8 })).toEqual([8, 8]);
  });

  it('over two steps from 1 to .5: all ten, ⌈.75 · 11⌉, ⌈.5 · 12⌉, then ⌈.5 · 13⌉', async () => {
    const params = { axis: 'step', steps: 2, ratio_min: 0.5, sinks: 1, recent: 2 };
    const { looks } = await played(kvCosine as AnyPolicy, params, 4);
    expect(looks.map((layers) => layers.map(([head]) => head!.length))).toEqual([
      [10, 10],
      [9, 9],
      [6, 6],
      [7, 7],
    ]);
  });
});
