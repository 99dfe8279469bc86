import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BenchEngine, openTiny8, tiny8 } from '../../../test/contract/bench-engine.ts';
import { oneRowBehind } from '../../../test/contract/broken/speculation.ts';
import { callOf, type Played, play } from '../../../test/contract/contract.ts';
import { truncateGguf } from '../../../test/support/truncated-gguf.ts';
import { type AnyPolicy, type Call, type Engine, type Generate, type Output, validate } from '../../core/index.ts';
import { createEngine } from '../../engine/index.ts';
import { baseline } from '../baseline/baseline.ts';
import { layerDrafts } from './layer-drafts.ts';
import { speculative } from './speculative.ts';

let engine: BenchEngine;
let twoLayers: BenchEngine;
beforeAll(async () => {
  engine = await openTiny8();
  twoLayers = await createEngine(truncateGguf(tiny8, 2), { threads: 1 });
});
afterAll(async () => {
  await twoLayers[Symbol.asyncDispose]();
  await engine[Symbol.asyncDispose]();
});

async function open(policy: AnyPolicy, params: Record<string, unknown>, draft: Engine = twoLayers): Promise<Generate> {
  const kit = { engine: async () => draft };
  return policy.engine!.open(engine, validate(policy.params, params, policy.name), kit);
}
const withModel = { draft: 'model', draft_model: 'beside.gguf' };
const calls = [38, 12, 16, 25, 5].map((sample) => callOf(sample, { maxTokens: 40 }));
const counts = ({ counters }: Played) => [counters.sums.drafted, counters.sums.accepted, counters.sums.verify_passes];

describe('a draft model that is the first two layers of the model', () => {
  it.each([
    ['ungated', { acceptance_threshold: 0 }],
    ['gated', { acceptance_threshold: 0.8 }],
    ['under the controller', { threshold_mode: 'controller', acceptance_threshold: 0.9 }],
  ])('drafts what these layers draft, %s', async (_, params) => {
    for (const call of [...calls, { ...(calls[0] as Call), temperature: 0.8 }]) {
      const ours = await play(await open(speculative, { ...withModel, ...params }), call);
      const layers = await play(
        await open(layerDrafts, { draft_layers: 2, threshold_mode: 'draft-gate', ...params }),
        call,
      );
      expect(counts(ours)).toEqual(counts(layers));
      expect(ours.ids).toEqual(layers.ids);
      expect(ours.counters.tallies.accepted_length).toEqual(layers.counters.tallies.accepted_length);
    }
  });

  it('leaves the answer the baseline`s, greedy, sampled and penalised', async () => {
    for (const changes of [{}, { temperature: 1 }, { sampling: { repetitionPenalty: 1.3 } }]) {
      for (const call of calls.map((one) => ({ ...one, ...changes }))) {
        const plain = await play(await open(baseline, {}), call);
        expect((await play(await open(speculative, { ...withModel, acceptance_threshold: 0 }), call)).ids).toEqual(
          plain.ids,
        );
      }
    }
  });

  it('is charged apart, prompt and caught-up rows included, and only its time is the call`s', async () => {
    const before = { ...twoLayers.totals.sums };
    const own = { ...engine.totals.sums };
    const { counters } = await play(
      await open(speculative, { ...withModel, acceptance_threshold: 0 }),
      calls[0] as Call,
    );
    for (const name of ['passes', 'layer_rows', 'head_rows']) {
      expect(counters.sums[`draft_${name}`]).toBe((twoLayers.totals.sums[name] as number) - (before[name] ?? 0));
      expect(counters.sums[name]).toBe((engine.totals.sums[name] as number) - (own[name] as number));
    }
    // Its layers are the model's, and it has two of the eight; the head is both models'.
    expect(counters.sums.draft_layer_work).toBe(counters.sums.draft_layer_rows);
    const [layer, head] = [128 * 256 + 128 * 128 + 3 * 128 * 352, 1312 * 128];
    const size = (2 * layer + head) / (8 * layer + head);
    expect(counters.sums.draft_pass_work).toBeCloseTo(size * (counters.sums.draft_passes as number), 9);
    expect(counters.sums.draft_layer_rows).toBeGreaterThanOrEqual(2 * (counters.sums.prompt_tokens as number));
    const spent = (name: string) =>
      (twoLayers.totals.sums[name] as number) -
      (before[name] ?? 0) +
      (engine.totals.sums[name] as number) -
      (own[name] as number);
    expect(counters.sums.engine_ms).toBeCloseTo(spent('engine_ms'), 3);
  });

  it('frees its sequence when the reader leaves', async () => {
    const [ours, theirs] = [engine.openSequences, twoLayers.openSequences];
    for await (const part of (await open(speculative, { ...withModel, acceptance_threshold: 0 }))(calls[0] as Call, {
      signal: new AbortController().signal,
      meter: { add: () => undefined, peak: () => undefined, tally: () => undefined, call: () => undefined },
    })) {
      if (part.type === 'text' && twoLayers.openSequences > theirs && (part.ids?.length ?? 0) > 1) break;
    }
    expect([engine.openSequences, twoLayers.openSequences]).toEqual([ours, theirs]);
  });
});

describe('a draft model that is the model', () => {
  it('is always right, and every full step yields k + 1 tokens', async () => {
    for (const temperature of [0, 2]) {
      const call = { ...(calls[0] as Call), temperature, maxTokens: 31 };
      const played = await play(await open(speculative, { ...withModel, acceptance_threshold: 0 }, engine), call);
      expect(played.counters.sums.accepted).toBe(played.counters.sums.drafted);
      if (temperature === 0) expect(played.counters.tallies.accepted_length).toEqual({ 4: 6 });
    }
  });

  it('whose cache is one row behind is not, and the answer stays the baseline`s', async () => {
    const call = { ...(calls[0] as Call), maxTokens: 31 };
    const params = { ...withModel, acceptance_threshold: 0 };
    const played = await play(await open(speculative, params, oneRowBehind(engine)), call);
    expect(played.counters.sums.accepted).toBeLessThan(played.counters.sums.drafted as number);
    expect(played.ids).toEqual((await play(await open(baseline, {}), call)).ids);
  });
});

describe('a draft model with a shorter context', () => {
  it('drafts as far as its context reaches, and the answer goes on', async () => {
    const call = calls[0] as Call;
    const plain = await play(await open(baseline, {}), call);
    const prompt = plain.counters.sums.prompt_tokens as number;
    const played = async (contextLength: number) => {
      const short = { ...twoLayers, model: { ...twoLayers.model, contextLength } };
      return play(await open(speculative, { ...withModel, acceptance_threshold: 0 }, short), call);
    };
    for (const contextLength of [prompt - 1, prompt, prompt + 1, prompt + 10]) {
      const { ids, counters } = await played(contextLength);
      expect(ids).toEqual(plain.ids);
      if (contextLength < prompt) expect(counters.sums.drafted).toBeUndefined();
    }
    const [near, far] = [await played(prompt + 10), await played(prompt + 100)];
    expect(near.counters.sums.drafted).toBeGreaterThan(0);
    expect(near.counters.sums.drafted).toBeLessThan(far.counters.sums.drafted as number);
  });
});

/** Rows of padding behind the vocabulary, with larger logits than any token has. */
function padded(inner: BenchEngine, rows: number): Engine {
  const vocabulary = inner.model.vocabulary + rows;
  const longer = (output: Output): Output => {
    const logits = new Float32Array((output.logits.length / inner.model.vocabulary) * vocabulary).fill(99);
    for (let row = 0; row * inner.model.vocabulary < output.logits.length; row++) {
      const [from, to] = [row * inner.model.vocabulary, (row + 1) * inner.model.vocabulary];
      logits.set(output.logits.subarray(from, to), row * vocabulary);
    }
    return { ...output, logits };
  };
  const forward: Engine['forward'] = (passes, read) => inner.forward(passes, (outputs) => read(outputs.map(longer)));
  return { ...inner, forward, model: { ...inner.model, vocabulary } };
}

describe('a draft model whose vocabulary is padded further', () => {
  it('drafts what it would without the padding', async () => {
    for (const temperature of [0, 0.8]) {
      const call = { ...(calls[0] as Call), temperature };
      for (const params of [{ acceptance_threshold: 0 }, { acceptance_threshold: 0.8 }]) {
        const plain = await play(await open(speculative, { ...withModel, ...params }), call);
        const longer = await play(await open(speculative, { ...withModel, ...params }, padded(twoLayers, 24)), call);
        expect(counts(longer)).toEqual(counts(plain));
        expect(longer.ids).toEqual(plain.ids);
      }
    }
  });
});

describe('refused', () => {
  it.each([
    [
      'fewer tokens',
      (tokenizer: Engine['tokenizer']) => ({ tokenizer, vocabulary: 1000 }),
      /token 1000 is in one of them only/,
    ],
    [
      'more tokens with a text',
      (tokenizer: Engine['tokenizer']) => ({
        tokenizer: { ...tokenizer, bytes: (id: number) => (id === 1320 ? Buffer.from('?!') : tokenizer.bytes(id)) },
        vocabulary: 1330,
      }),
      /token 1320 is in one of them only/,
    ],
    [
      'a control token more',
      (tokenizer: Engine['tokenizer']) => ({
        tokenizer: { ...tokenizer, controlText: (id: number) => (id === 1320 ? '<|tool|>' : '') },
        vocabulary: 1330,
      }),
      /token 1320 is in one of them only/,
    ],
    [
      'another text of one token',
      (tokenizer: Engine['tokenizer']) => ({
        tokenizer: { ...tokenizer, bytes: (id: number) => (id === 700 ? Buffer.from('?!') : tokenizer.bytes(id)) },
        vocabulary: 1312,
      }),
      /token 700 differs/,
    ],
    [
      'another end',
      (tokenizer: Engine['tokenizer']) => ({ tokenizer: { ...tokenizer, endIds: new Set([3]) }, vocabulary: 1312 }),
      /ends one of them only/,
    ],
  ])('is a vocabulary with %s', async (_, change, message) => {
    const { tokenizer, vocabulary } = change(twoLayers.tokenizer);
    const other = { ...twoLayers, tokenizer, model: { ...twoLayers.model, vocabulary } };
    await expect(open(speculative, withModel, other)).rejects.toThrow(message);
  });

  it('are parameters that do not go together', () => {
    const check = (params: object) => () => validate(speculative.params, params, 'speculative_decoding');
    expect(check({ draft: 'model' })).toThrow(/draft_model/);
    expect(check({ threshold_mode: 'draft-gate' })).toThrow(/no probability to gate on/);
    expect(check({ threshold_mode: 'target-prob' })).toThrow(/no probability to gate on/);
    expect(check(withModel)()).toMatchObject({ threshold_mode: 'draft-gate' });
    expect(check({})()).toMatchObject({ threshold_mode: 'controller' });
  });

  it('is a draft model where none can be opened', async () => {
    const params = validate(speculative.params, withModel, 'speculative_decoding');
    const opening = speculative.engine!.open(engine, params as never, {});
    await expect(opening).rejects.toThrow(/no second model/);
  });
});
