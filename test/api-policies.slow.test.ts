/** Client realisations against a server with books of its own: what they say of their calls is what it wrote and sent. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientKitOf, openVariant } from '../src/assembly/open-variant.ts';
import type { ApiBackend } from '../src/backends/api-backend.ts';
import { openGroqBackend } from '../src/backends/groq.ts';
import { openOpenAiBackend } from '../src/backends/openai.ts';
import { type Call, type CallRecord, createMeter, type TokenScore } from '../src/core/index.ts';
import { type Simulator, startSimulator } from '../src/gateway/index.ts';
import type { Truth } from '../src/gateway/truth.ts';
import { policies } from '../src/policies/index.ts';

const [target, fast] = ['openai/gpt-oss-120b', 'openai/gpt-oss-20b'];
const { signal } = new AbortController();
const prose = 'the report of the committee says that it was written by a clerk at the harbour, and that is all of it. ';
const call = (seed: number): Call => ({
  messages: [{ role: 'user', content: `${seed} ${prose.repeat(8)}\n\nWhat does the report say?` }],
  maxTokens: 64,
  temperature: 0,
  seed,
});
const tokenScores = async (text: string): Promise<TokenScore[]> =>
  (text.match(/\s*\S+|\s+$/g) ?? []).map((word, at) => ({
    ...{ text: word, entropy: 1 },
    surprisal: at === 0 ? Number.POSITIVE_INFINITY : word.length,
  }));

let server: Simulator;
let backend: ApiBackend;
/** Its usage comes with every event. */
let counting: Simulator;
let counted: ApiBackend;
beforeAll(async () => {
  const options = { models: [target, fast], ttft: 2, tpot: 1, deviation: 0.05, pace: { [fast]: 0.25 } };
  server = await startSimulator(options);
  counting = await startSimulator({ ...options, flavour: 'vllm' });
  backend = await openGroqBackend({ model: target, baseUrls: [server.url], apiKeyEnv: null });
  counted = await openOpenAiBackend({
    ...{ model: target, fastModel: fast, baseUrls: [counting.url], apiKeyEnv: null, environment: {} },
  });
});
afterAll(async () => {
  await backend?.[Symbol.asyncDispose]();
  await counted?.[Symbol.asyncDispose]();
  await server?.close();
  await counting?.close();
});

const booksOf = (one: Simulator) =>
  new Map(
    one
      .truth()
      .split('\n')
      .filter((line) => line !== '')
      .map((line): Truth => JSON.parse(line))
      .map((truth) => [truth.id, truth]),
  );

async function play(name: string, params: Record<string, unknown> = {}, source = backend) {
  const kit = clientKitOf(source, undefined, { tokenScores });
  const generate = await openVariant(source, name, params, kit, signal, { offline: true });
  const meter = createMeter();
  const texts = await Promise.all(
    [1, 2, 3].map(async (seed) => {
      let text = '';
      for await (const part of generate(call(seed), { signal, meter })) if (part.type === 'text') text += part.text;
      return text;
    }),
  );
  return { texts, counters: meter.counters };
}

const variants = policies.flatMap((policy) => Object.keys(policy.variants));

describe('the bill of every client realisation', () => {
  it.each(variants)('%s: whole calls to the token, cancelled ones no more than went out', async (name) => {
    const early = name === 'early_exit_28' ? { exit_layer: 4 } : {};
    const { counters } = await play(name, early);
    // A cancelled call is in the books when its socket has closed.
    const over = () => server.account().finished + server.account().aborted - server.account().requests;
    await expect.poll(over, { timeout: 10_000 }).toBe(0);
    const sent = booksOf(server);
    const known = counters.calls.filter(({ id }) => id !== undefined) as (CallRecord & { id: string })[];
    for (const { id, outcome, usage } of known) {
      const truth = sent.get(id)!;
      if (outcome === 'ok') {
        expect(usage).toMatchObject({
          prompt: truth.prompt_tokens,
          completion: truth.completion_tokens,
          origin: 'server',
        });
      } else {
        expect(usage?.completion).toBeLessThanOrEqual(truth.completion_tokens as number);
        expect(usage?.origin).toBe('estimate');
      }
    }
    expect(new Set(known.map(({ id }) => id)).size).toBe(known.length);
  });

  it.each(variants)(
    '%s: where usage comes with every event, cancelled calls are the server’s count too',
    async (name) => {
      const early = name === 'early_exit_28' ? { exit_layer: 4 } : {};
      const { counters } = await play(name, early, counted);
      const over = () => counting.account().finished + counting.account().aborted - counting.account().requests;
      await expect.poll(over, { timeout: 10_000 }).toBe(0);
      const sent = booksOf(counting);
      const known = counters.calls.filter(({ id }) => id !== undefined) as (CallRecord & { id: string })[];
      expect(known.length).toBeGreaterThan(0);
      for (const { id, outcome, usage, events } of known) {
        const truth = sent.get(id)!;
        expect(usage).toMatchObject({ prompt: truth.prompt_tokens, origin: 'server', method: 'usage' });
        if (outcome === 'ok') expect(usage?.completion).toBe(truth.completion_tokens);
        else {
          // To the token as far as it was read; what was on its way is the server's alone.
          expect(usage?.completion).toBe(events?.content ?? 0);
          expect(usage?.completion).toBeLessThanOrEqual(truth.completion_tokens as number);
        }
      }
    },
  );

  it('names what was paid again, and nothing for one call', async () => {
    const { counters } = await play('speculative_decoding');
    const prompts = counters.calls.flatMap(({ usage }) => usage?.prompt ?? []);
    expect(counters.sums.repeated_prompt_tokens).toBeGreaterThan(0);
    expect(counters.sums.repeated_prompt_tokens).toBeLessThan(prompts.reduce((sum, prompt) => sum + prompt, 0));
    expect((await play('early_exit_32')).counters.sums.repeated_prompt_tokens).toBeUndefined();
  });
});

it('step look-ahead gives the baseline’s text, and its drafts agree as often as the texts say', async () => {
  const [plain, ahead] = [await play('baseline'), await play('speculative_decoding')];
  expect(ahead.texts).toEqual(plain.texts);
  expect(ahead.counters.sums.accepted).toBeGreaterThan(0);
});

it.each([
  ['speculative_decoding', 'prefill, fast-model'],
  ['speculative_decoding_layers', 'prefill, fast-model'],
  ['early_exit_28', 'prefill'],
])('%s is refused by a server that continues nothing, with its reason', async (name, lacks) => {
  const other = await startSimulator({ models: [target], flavour: 'openai', ttft: 1, tpot: 0.1 });
  const poor = await openOpenAiBackend({ model: target, baseUrls: [other.url], apiKeyEnv: null });
  try {
    const opening = openVariant(poor, name, {}, clientKitOf(poor), signal);
    await expect(opening).rejects.toMatchObject({ code: 'E_CAPABILITY', message: expect.stringContaining(lacks) });
  } finally {
    await poor[Symbol.asyncDispose]();
    await other.close();
  }
});
