/** The engine in its own process: the same answers, aborts with a bill, deaths that cost one call. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Call, createMeter, type Generate, type Part } from '../core/index.ts';
import { createHostProxy } from '../host/proxy.ts';
import { openGgmlBackend } from './ggml.ts';

const asset = (name: string) => fileURLToPath(new URL(`../../assets/tiny8/${name}`, import.meta.url));
const model = { model: 'tiny8', path: asset('tiny8-Q8_0.gguf'), sha256: 'unchecked', threads: 1 };
const samples = readFileSync(asset('samples.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));
const call = (sample: number, changes: Partial<Call> = {}): Call => ({
  messages: [{ role: 'user', content: samples[sample].prompt }],
  maxTokens: 64,
  temperature: 0,
  seed: 1,
  ...changes,
});

async function play(generate: Generate, request: Call, onPart: (part: Part) => void = () => undefined) {
  const meter = createMeter();
  const ids: number[] = [];
  const controller = new AbortController();
  const run = async () => {
    for await (const part of generate(request, { signal: controller.signal, meter })) {
      if (part.type === 'text') ids.push(...(part.ids ?? []));
      onPart(part);
    }
  };
  return { done: run(), ids, meter, abort: () => controller.abort() };
}

type Running = Awaited<ReturnType<typeof play>>;

/**
 * Does something to a call when its nth part comes. The engine writes a short answer in 30 ms: where this process was
 * held up, the answer may be over by then, and another one is begun.
 */
async function meddle(request: Call, nth: number, act: (running: Running) => void) {
  for (let attempt = 0; attempt < 20; attempt++) {
    let parts = 0;
    const running = await play(backend.generate, request, () => {
      if (++parts === nth) act(running);
    });
    const error = await running.done.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error) return { running, error };
  }
  throw new Error('no call was still running when its part came');
}

type GgmlBackend = Awaited<ReturnType<typeof openGgmlBackend>>;
let backend: GgmlBackend;
beforeAll(async () => {
  backend = await openGgmlBackend(model);
  return () => backend[Symbol.asyncDispose]();
});

describe('the engine’s process', () => {
  it('answers as llama.cpp did, and counts', async () => {
    const { done, ids, meter } = await play(backend.generate, call(0));
    await done;
    expect(ids).toEqual(samples[0].greedy_ids);
    expect(meter.counters.sums).toMatchObject({
      prompt_tokens: samples[0].prompt_ids.length,
      completion_tokens: ids.length,
      prefill_rows: samples[0].prompt_ids.length,
    });
    expect(meter.counters.sums.active_ms).toBeGreaterThan(0);
  });

  it('claims no more than it keeps: a begun answer goes on, and tokens are counted', async () => {
    expect([...backend.capabilities].toSorted()).toEqual(['engine', 'prefill', 'usage']);
    const { done, meter } = await play(backend.generate, call(0, { continue: 'The', maxTokens: 4 }));
    await done;
    expect(meter.counters.sums.prompt_tokens).toBeGreaterThan(samples[0].prompt_ids.length);
    expect(meter.counters.sums.completion_tokens).toBeLessThanOrEqual(4);
  });

  it('stamps parts on a clock that this process shares', async () => {
    const before = process.hrtime.bigint();
    const stamps: bigint[] = [];
    await (await play(backend.generate, call(3), (part) => stamps.push(part.at))).done;
    const all = [before, ...stamps, process.hrtime.bigint()];
    expect(all).toEqual([...all].sort((a, b) => (a < b ? -1 : 1)));
  });

  it('ends an aborted call with its bill', async () => {
    const { running, error } = await meddle(call(1), 2, (begun) => begun.abort());
    expect(error).toMatchObject({ code: 'E_ABORTED' });
    expect(running.meter.counters.sums.passes).toBeGreaterThan(1);
    expect(running.ids.length).toBeLessThan(samples[1].greedy_ids.length);
  });

  it('a killed process costs the call in flight, and the next call starts it again', async () => {
    const { error } = await meddle(call(2), 1, () => process.kill(backend.pid() as number, 'SIGKILL'));
    expect(error).toMatchObject({
      code: 'E_ENGINE_DIED',
      message: expect.stringMatching(/SIGKILL/),
    });
    const again = await play(backend.generate, call(2));
    await again.done;
    expect(again.ids).toEqual(samples[2].greedy_ids);
  });

  it('refuses parameters and policies that it does not have', async () => {
    await expect(backend.realise({ name: 'early_exlt' }, {})).rejects.toMatchObject({ code: 'E_POLICY' });
    await expect(backend.realise({ name: 'speculative_decoding' }, { lookahead_tokens: -1 })).rejects.toMatchObject({
      code: 'E_POLICY',
      message: expect.stringMatching(/lookahead_tokens/),
    });
  });
});

it('holds to its limit of KV slots: the baseline does not fit, a KV budget does', async () => {
  const prompt = samples[0].prompt_ids.length;
  await using limited = await openGgmlBackend({ ...model, kvSlots: prompt + 8 });
  expect(limited.identity).toContain(` kv_slots=${prompt + 8} `);
  const whole = await play(limited.generate, call(0, { maxTokens: 20 }));
  await expect(whole.done).rejects.toMatchObject({ code: 'E_CONTEXT' });
  const budget = await limited.realise({ name: 'adaptive_kv_static' }, { ratio: 0.8 });
  const cut = await play(budget, call(0, { maxTokens: 20 }));
  await cut.done;
  expect(cut.ids.length).toBeGreaterThan(0);
  expect(cut.meter.counters.sums.evicted_slots).toBeGreaterThan(0);
});

describe('what cannot be stopped', () => {
  const proxies: AsyncDisposable[] = [];
  afterEach(async () => {
    for (const proxy of proxies.splice(0)) await proxy[Symbol.asyncDispose]();
  });

  it('a realisation that never yields is ended with its process', async () => {
    const proxy = createHostProxy({ modelPath: model.path, threads: 1, prefill: 'flash' }, { abortGrace: 50 });
    proxies.push(proxy);
    const module = fileURLToPath(new URL('../../test/support/endless-policy.mjs', import.meta.url));
    const generate = await proxy.realise({ module }, {});
    const running = await play(generate, call(0));
    // One turn of the event loop: the call is on its way to the process.
    await new Promise(setImmediate);
    running.abort();
    await expect(running.done).rejects.toMatchObject({ code: 'E_ENGINE_DIED' });
    const next = await play(await proxy.realise({ name: 'baseline' }, {}), call(0));
    await next.done;
    expect(next.ids).toEqual(samples[0].greedy_ids);
  });

  it('a start that the user aborts is ended, and no other is made', async () => {
    const user = new AbortController();
    const options = { modelPath: model.path, threads: 1, prefill: 'flash' } as const;
    const proxy = createHostProxy(options, { signal: user.signal });
    proxies.push(proxy);
    const starting = proxy.ready();
    setImmediate(() => user.abort());
    await expect(starting).rejects.toMatchObject({ code: 'E_ABORTED' });
    await expect(proxy.ready()).rejects.toMatchObject({ code: 'E_ABORTED' });
  });

  it('a model that is none is an error of ours, not a dead process', async () => {
    const proxy = createHostProxy({ modelPath: asset('README.md'), threads: 1, prefill: 'flash' });
    proxies.push(proxy);
    await expect(proxy.ready()).rejects.toMatchObject({ code: 'E_GGUF' });
  });
});
