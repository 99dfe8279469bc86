/** With the engine's prefix cache every policy gives the same tokens and the same bits, from fewer computed rows. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AnyPolicy, Call, Engine } from '../../src/core/index.ts';
import { compose } from '../../src/policies/compose.ts';
import { policies } from '../../src/policies/index.ts';
import { type BenchEngine, openTiny8, recording, tinySamples } from './bench-engine.ts';
import { open, play } from './contract.ts';

const chunk = 16;
const shared =
  'You work in an office. A case has an agent, a month and a product, and a lead has a state. Answer briefly. ';
const calls = [0, 40, 40].map(
  (sample, at): Call => ({
    messages: [{ role: 'user', content: `${shared}${tinySamples[sample]?.prompt}` }],
    maxTokens: 8,
    temperature: 0,
    seed: 7 + at,
  }),
);
const sampled = calls.map((call) => ({ ...call, temperature: 0.8 }));

const engines = new Map<string, BenchEngine>();
beforeAll(async () => {
  for (const prefill of ['flash', 'exact'] as const)
    for (const prefixCache of [true, false])
      engines.set(`${prefill} ${prefixCache}`, await openTiny8({ chunk, prefill, prefixCache }));
});
afterAll(() => Promise.all([...engines.values()].map((engine) => engine[Symbol.asyncDispose]())));

/** What calls give one after the other, or at once, and every row of logits that was read. */
async function playAll(engine: BenchEngine, policy: AnyPolicy, params: object, asked: readonly Call[], atOnce = false) {
  const recorded = recording(engine);
  const watched: Engine = engine.prefix ? { ...recorded, prefix: engine.prefix } : recorded;
  const generate = open(policy, params as Record<string, unknown>, watched);
  const played = [];
  if (atOnce) played.push(...(await Promise.all(asked.map((call) => play(generate, call)))));
  else for (const call of asked) played.push(await play(generate, call));
  const cached = played.map(({ counters }) => counters.sums.cached_prompt_tokens);
  const prefilled = played.map(({ counters }) => counters.sums.prefill_rows ?? 0);
  const prompts = played.map(({ counters }) => counters.sums.prompt_tokens ?? 0);
  return { ids: played.map(({ ids }) => ids), logits: recorded.logits(), cached, prefilled, prompts };
}

const variants = policies.flatMap((policy) =>
  policy.engine ? Object.entries(policy.variants).map(([name, params]) => ({ name, policy, params })) : [],
);
const composed = ['elastic_batch_greedy+speculative_decoding', 'elastic_batch_greedy+dynamic_pruning_top_p'];
const subjects = [...variants, ...composed.map((name) => ({ name, policy: compose(name), params: {} }))];

/** Those whose prompts get into the cache in another way than chunk by chunk; they compute them whole. */
const ownWay = /pruning|adaptive_kv/;

const pair = (prefill: string) => [true, false].map((state) => engines.get(`${prefill} ${state}`)) as BenchEngine[];

async function compare(prefill: string, { name, policy, params }: (typeof subjects)[number], asked: readonly Call[]) {
  const [on, off] = pair(prefill) as [BenchEngine, BenchEngine];
  const got = await playAll(on, policy, params, asked);
  const want = await playAll(off, policy, params, asked);
  expect(got.ids).toEqual(want.ids);
  expect(got.logits).toEqual(want.logits);
  expect(want.cached).toEqual([undefined, undefined, undefined]);
  if (ownWay.test(name)) return expect(got).toEqual(want);
  const cached = got.cached.map(Number);
  expect(cached[1]).toBeGreaterThanOrEqual(chunk);
  // The same prompt again: all of its whole chunks but the last token's.
  expect(cached[2]).toBe(Math.floor(((got.prompts[2] as number) - 1) / chunk) * chunk);
  expect(got.prefilled).toEqual(want.prefilled.map((rows, at) => rows - (cached[at] as number)));
}

it.each(subjects)('$name: the same tokens and bits', (subject) => compare('flash', subject, calls));

it('holds on the other prefill path, and where tokens are drawn', async () => {
  for (const subject of subjects.filter(({ name }) => /^(baseline|speculative_decoding|early_exit_28)$/.test(name))) {
    await compare('exact', subject, calls);
    await compare('flash', subject, sampled);
  }
});

it('works for calls that run at once, and holds the memory of one prompt', async () => {
  const policy = compose('elastic_batch_greedy+speculative_decoding');
  const asked = [...calls, ...calls];
  const [on, off] = pair('flash') as [BenchEngine, BenchEngine];
  const got = await playAll(on, policy, {}, asked, true);
  expect(got.ids).toEqual((await playAll(off, policy, {}, asked, true)).ids);
  const inUse = ({ kvBuffers }: Record<string, unknown>) => {
    const { created, free } = kvBuffers as { created: number; free: number };
    return created - free;
  };
  expect([on.openSequences, inUse(on.facts()), inUse(off.facts())]).toEqual([0, 1, 0]);
});
