/** What holds for speculation whoever drafts: same tokens, same distribution, the cache in step. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BenchEngine, openTiny8 } from '../../../test/contract/bench-engine.ts';
import { withoutTruncation } from '../../../test/contract/broken/speculation.ts';
import { callOf, open, type Played, play } from '../../../test/contract/contract.ts';
import { createToyEngine } from '../../../test/support/toy-engine.ts';
import { type AnyPolicy, type Call, createRandom, type Engine, type Generate, validate } from '../../core/index.ts';
import { baseline } from '../baseline/baseline.ts';
import { layerDrafts } from './layer-drafts.ts';
import { type Draft, type Drafting, speculate } from './speculation.ts';
import { speculative } from './speculative.ts';

let engine: BenchEngine;
beforeAll(async () => {
  engine = await openTiny8();
});
afterAll(() => engine[Symbol.asyncDispose]());

const idsOf = async (policy: AnyPolicy, params: Record<string, unknown>, call: Call, on: Engine = engine) =>
  (await play(open(policy, params, on), call)).ids;

/** Speculation on tiny8 with a drafter made for the test. */
const drafting = (
  draft: (drafting: Drafting, most: number) => Draft,
  lookahead_tokens = 4,
  on: Engine = engine,
): Generate => {
  const params = { lookahead_tokens, acceptance_threshold: 0, threshold_mode: 'controller' } as const;
  return (call, context) => speculate(on, params, call, context, (tools) => ({ draft: (most) => draft(tools, most) }));
};
const sums = (played: Played, name: string) => played.counters.sums[name] ?? 0;

describe('the answer is the baseline`s', () => {
  const calls = [38, 16, 5].map((sample) => callOf(sample, { maxTokens: 32 }));

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8])('with up to %i drafts, whatever the gate', async (lookahead_tokens) => {
    const call = calls[lookahead_tokens % calls.length] as Call;
    const plain = await idsOf(baseline, {}, call);
    for (const acceptance_threshold of [0, 0.6, 1]) {
      const params = { lookahead_tokens, acceptance_threshold };
      expect(await idsOf(layerDrafts, { ...params, draft_layers: 1 }, call)).toEqual(plain);
    }
    expect(await idsOf(speculative, { lookahead_tokens, acceptance_threshold: 0 }, call)).toEqual(plain);
  });

  it.each([
    { temperature: 0.8 },
    { temperature: 1.5, sampling: { topK: 20, topP: 0.9 } },
    { temperature: 0, sampling: { repetitionPenalty: 1.4 } },
    { temperature: 0.7, sampling: { minP: 0.05, repetitionPenalty: 1.2 } },
    { stop: ['e', 'until'] },
  ] satisfies Partial<Call>[])('under %o, token by token', async (changes) => {
    for (const { messages } of calls) {
      const call = callOf(0, { messages, maxTokens: 32, ...changes });
      const plain = await play(open(baseline, {}, engine), call);
      for (const [policy, params] of [
        [layerDrafts, { draft_layers: 1, acceptance_threshold: 0 }],
        [layerDrafts, {}],
        [speculative, { acceptance_threshold: 0 }],
      ] as const) {
        const played = await play(open(policy, params, engine), call);
        expect(played.ids).toEqual(plain.ids);
        expect(played.text).toBe(plain.text);
      }
    }
  });

  it('when every draft is wrong, at one token per step', async () => {
    const call = calls[0] as Call;
    const plain = await idsOf(baseline, {}, call);
    const wrong = drafting(({ begun }, most) => {
      const next = plain[begun.history.length - begun.promptLength] as number;
      return { ids: new Array(most).fill(next === 5 ? 6 : 5) };
    });
    const played = await play(wrong, call);
    expect(played.ids).toEqual(plain);
    expect(sums(played, 'accepted')).toBe(0);
    // The last token of 32 needs no draft.
    expect(sums(played, 'verify_passes')).toBe(plain.length - 2);
  });

  it('when every draft is right, at k + 1 tokens per step', async () => {
    const call = calls[0] as Call;
    const plain = await idsOf(baseline, {}, call);
    const right = drafting(({ begun }, most) => {
      const at = begun.history.length - begun.promptLength;
      return { ids: plain.slice(at, at + most) };
    });
    const played = await play(right, call);
    expect(played.ids).toEqual(plain);
    expect(played.counters.tallies.accepted_length).toEqual({ 4: 6 });
    expect(plain.length).toBe(32);
  });
});

describe('the cache', () => {
  /** Steps, and the first at which a layer holds other rows than prompt and answer without the newest token. */
  async function steps(on: Engine): Promise<{ steps: number; wrong: number | undefined }> {
    const call = callOf(38, { maxTokens: 40 });
    const random = createRandom(3);
    const plain = await idsOf(baseline, {}, call);
    let count = 0;
    let wrong: number | undefined;
    const generate = drafting(
      ({ begun }, most) => {
        const { history, sequence } = begun;
        count++;
        for (let layer = 0; layer < 8; layer++) if (sequence.length(layer) !== history.length - 1) wrong ??= count;
        const at = history.length - begun.promptLength;
        return { ids: plain.slice(at, at + most).map((id) => (random() < 0.7 ? id : 7)) };
      },
      4,
      on,
    );
    const { ids } = await play(generate, call);
    if (wrong === undefined) expect(ids).toEqual(plain);
    return { steps: count, wrong };
  }

  it('holds prompt and answer but the newest token after every step, in every layer', async () => {
    const held = await steps(engine);
    expect(held.wrong).toBeUndefined();
    expect(held.steps).toBeGreaterThan(10);
  });

  it('that keeps rejected rows in one layer is caught', async () => {
    expect((await steps(withoutTruncation(engine))).wrong).toBeGreaterThan(1);
  });

  it('never takes up more rows than the limit of tokens leaves', async () => {
    for (const maxTokens of [1, 2, 3, 5]) {
      const { counters } = await play(open(layerDrafts, {}, engine), callOf(38, { maxTokens }));
      const decoded = counters.sums.kv_bytes_peak as number;
      const perSlot = 8 * 2 * 2 * 32 * 2;
      expect(decoded / perSlot).toBeLessThanOrEqual((counters.sums.prompt_tokens as number) + maxTokens - 1);
    }
  });
});

describe('target-prob', () => {
  const calls = [38, 12, 16].map((sample) => callOf(sample, { maxTokens: 32 }));
  const params = { threshold_mode: 'target-prob', draft_layers: 1 };

  it.each([0.51, 0.9])('gives the baseline`s greedy tokens at %d', async (acceptance_threshold) => {
    for (const call of calls) {
      expect(await idsOf(layerDrafts, { ...params, acceptance_threshold }, call)).toEqual(
        await idsOf(baseline, {}, call),
      );
    }
  });

  it('keeps no more drafts at a higher threshold, and all of them at 0', async () => {
    const rates: number[] = [];
    for (const acceptance_threshold of [0, 0.51, 0.99]) {
      let [drafted, accepted] = [0, 0];
      for (const call of calls) {
        const played = await play(open(layerDrafts, { ...params, acceptance_threshold }, engine), call);
        drafted += sums(played, 'drafted');
        accepted += sums(played, 'accepted');
      }
      rates.push(accepted / drafted);
    }
    expect(rates[0]).toBe(1);
    expect(rates).toEqual([...rates].sort((a, b) => b - a));
    expect(rates.at(-1)).toBeLessThan(0.7);
  });

  it('is lossy by its label, the other modes are exact', () => {
    const fidelity = (policy: AnyPolicy, given: object) =>
      policy.engine!.fidelity(validate(policy.params, given, policy.name));
    expect(fidelity(layerDrafts, { threshold_mode: 'target-prob' })).toBe('lossy');
    expect(fidelity(layerDrafts, {})).toBe('exact');
    expect(fidelity(layerDrafts, { threshold_mode: 'controller' })).toBe('exact');
    expect(fidelity(speculative, {})).toBe('exact');
  });
});

describe('what a verified step is counted for is what the reader got', () => {
  /** Tokens 0 to 4 in a ring: a drafter that knows it is always right. */
  const ring = [0, 1, 2, 3, 4].map((id) => [0, 1, 2, 3, 4].map((next) => (next === (id + 1) % 5 ? 1 : 1e-9)));
  const knowing = (endIds: ReadonlySet<number>) => {
    const toy = createToyEngine({ target: ring, early: ring, endIds });
    const right = ({ begun: { history } }: Drafting, most: number): Draft => ({
      ids: Array.from({ length: most }, (_, at) => ((history.at(-1) as number) + 1 + at) % 5),
    });
    return drafting(right, 4, toy);
  };
  const counted = ({ counters: { sums, tallies } }: Played) => [
    ...[sums.drafted, sums.accepted, sums.verify_passes, sums.verify_tokens],
    tallies.accepted_length,
  ];

  // The prompt is token 0, so the answer is b c d e a b c …: the first token, then four drafts and one more a pass.
  it.each<[string, Partial<Call>, number[], string, unknown[]]>([
    ['all of it', { maxTokens: 11 }, [], 'bcdeabcdeab', [8, 8, 2, 10, { 4: 2 }]],
    ['up to a stop in the first step', { maxTokens: 11, stop: ['d'] }, [], 'bc', [4, 2, 1, 2, { 2: 1 }]],
    ['up to a stop on the last draft', { maxTokens: 11, stop: ['ea'] }, [], 'bcd', [4, 4, 1, 4, { 4: 1 }]],
    ['up to a stop in the second step', { maxTokens: 11, stop: ['abc'] }, [], 'bcde', [8, 5, 2, 6, { 1: 1, 4: 1 }]],
    ['up to an end token, which is no part of it', { maxTokens: 11 }, [3], 'bc', [4, 2, 1, 1, { 2: 1 }]],
  ])('%s', async (_, changes, ends, text, counts) => {
    const played = await play(knowing(new Set(ends)), callOf(0, changes));
    expect(played.text).toBe(text);
    expect(counted(played)).toEqual(counts);
  });

  it('so that the tokens of all steps are those of the answer', async () => {
    for (const stop of [['e'], ['until'], ['. '], []]) {
      const played = await play(open(layerDrafts, { acceptance_threshold: 0 }, engine), callOf(16, { stop }));
      const plain = played.ids.length - 1 - sums(played, 'verify_tokens');
      expect(plain).toBeGreaterThanOrEqual(0);
      expect(plain).toBeLessThanOrEqual(1);
      expect(sums(played, 'accepted')).toBeLessThanOrEqual(sums(played, 'verify_tokens') + 1);
    }
  });
});

describe('two tokens that are equally likely', () => {
  it('are decided alike by drafter, verifier and baseline: the lower id', async () => {
    const even = [0.4, 0.4, 0.2];
    const toy = createToyEngine({ target: [even, even, even], early: [even, even, even] });
    const plain = await idsOf(baseline, {}, callOf(0, { maxTokens: 30 }), toy);
    expect(plain).toEqual(new Array(30).fill(0));
    const played = await play(open(layerDrafts, { acceptance_threshold: 0 }, toy), callOf(0, { maxTokens: 30 }));
    expect(played.ids).toEqual(plain);
    expect(sums(played, 'accepted')).toBe(sums(played, 'drafted'));
    expect(sums(played, 'drafted')).toBeGreaterThan(20);
  });
});

describe('acceptance', () => {
  it('of independent drafts at rate α gives (1 − α^(k+1)) / (1 − α) tokens per pass', async () => {
    for (const [alpha, k, expected] of [
      [0.6, 4, 2.3056],
      [0.8, 4, 3.3616],
    ] as const) {
      const toy = createToyEngine({
        target: [
          [0, 1],
          [0, 1],
        ],
        early: [
          [0, 1],
          [0, 1],
        ],
      });
      const random = createRandom(11);
      const params = { lookahead_tokens: k, acceptance_threshold: 0, threshold_mode: 'controller' } as const;
      const ids = (most: number) => Array.from({ length: most }, () => (random() < alpha ? 1 : 0));
      const generate: Generate = (call, context) =>
        speculate(toy, params, call, context, () => ({ draft: (most) => ({ ids: ids(most) }) }));
      const played = await play(generate, callOf(0, { maxTokens: 20_000 }));
      expect(1 + sums(played, 'accepted') / sums(played, 'verify_passes')).toBeCloseTo(expected, 1);
    }
  });
});
