import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { afterEach, describe, expect, it } from 'vitest';
import { createChatGenerate } from '../client/index.ts';
import { type Call, createMeter, type Generate } from '../core/index.ts';
import { goDuration, openAccount } from './account.ts';
import { type SimulateOptions, type Simulator, startSimulator } from './simulate.ts';
import type { Truth } from './truth.ts';
import { say, untilStop } from './words.ts';

const model = 'openai/gpt-oss-20b';
const ask = [{ role: 'user' as const, content: 'Tell me.' }];
const servers: Simulator[] = [];

async function simulate(options: SimulateOptions = {}): Promise<Simulator> {
  const server = await startSimulator(options);
  servers.push(server);
  return server;
}
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const official = (server: Simulator, apiKey = 'gsk_any') => new OpenAI({ baseURL: server.url, apiKey, maxRetries: 0 });

async function text(generate: Generate, more: Partial<Call> = {}) {
  const call: Call = { messages: ask, maxTokens: 200, temperature: 0, seed: 1, ...more };
  const meter = createMeter();
  let said = '';
  for await (const part of generate(call, { signal: new AbortController().signal, meter }))
    if (part.type === 'text' && part.channel === 'answer') said += part.text;
  return { said, record: meter.counters.calls[0]! };
}
const client = (server: Simulator) => createChatGenerate({ baseUrls: [server.url], model, apiKey: 'gsk_any' });

describe('the official client', () => {
  it('lists models, streams and reads usage', async () => {
    const openai = official(await simulate({ reasoning: 2 }));
    const models = await openai.models.list();
    expect(models.data.map((entry) => entry.id)).toContain(model);
    expect((await openai.models.retrieve('openai/gpt-oss-120b')).id).toBe('openai/gpt-oss-120b');
    const stream = await openai.chat.completions.create({
      model,
      messages: ask,
      max_completion_tokens: 12,
      stream: true,
      stream_options: { include_usage: true },
    });
    let content = '';
    let usage: OpenAI.CompletionUsage | null | undefined;
    let finish: string | null = null;
    for await (const chunk of stream) {
      content += chunk.choices[0]?.delta.content ?? '';
      finish = chunk.choices[0]?.finish_reason ?? finish;
      usage = chunk.usage ?? usage;
    }
    expect(content).not.toBe('');
    expect(finish).toBe('length');
    expect(usage).toMatchObject({ completion_tokens: 12, completion_tokens_details: { reasoning_tokens: 2 } });
  });

  it('gets the same words without a stream', async () => {
    const server = await simulate();
    const answer = await official(server).chat.completions.create({ model, messages: ask, max_completion_tokens: 200 });
    expect(answer.choices[0]!.message.content).toBe((await text(client(server))).said);
    expect(answer.choices[0]!.finish_reason).toBe('stop');
  });

  it.each<[string, object, number, string | undefined]>([
    ['an unknown model', { model: 'llama-3.3-70b-versatile' }, 404, 'model_not_found'],
    ['n above one', { n: 2 }, 400, undefined],
    ['log-probabilities', { logprobs: true }, 400, undefined],
    ['a temperature of 3', { temperature: 3 }, 400, undefined],
    ['no message', { messages: [] }, 400, undefined],
    ['five stop strings', { stop: ['a', 'b', 'c', 'd', 'e'] }, 400, undefined],
    [
      'a prompt beyond the context',
      { messages: [{ role: 'user', content: 'x'.repeat(600_000) }] },
      400,
      'context_length_exceeded',
    ],
  ])('is refused %s as Groq refuses it', async (_, more, status, code) => {
    const openai = official(await simulate());
    const asking = openai.chat.completions.create({ model, messages: ask, ...more });
    await expect(asking).rejects.toMatchObject({ status, ...(code ? { code } : {}) });
  });

  it('is refused a wrong key, and no key at all', async () => {
    const server = await simulate({ apiKey: 'gsk_right' });
    await expect(official(server, 'gsk_wrong').models.list()).rejects.toMatchObject({
      status: 401,
      code: 'invalid_api_key',
    });
    expect((await official(server, 'gsk_right').models.list()).data.length).toBeGreaterThan(0);
    expect((await fetch(`${server.url}/models`)).status).toBe(401);
  });
});

describe('what is said', () => {
  const options = { seed: 1, messages: ask, temperature: 0, callSeed: 0, continues: true, deviation: 0, model };

  it('depends on seed and prompt alone at temperature 0', async () => {
    const [a, b] = [await simulate({ seed: 5 }), await simulate({ seed: 5 })];
    const first = await text(client(a));
    expect((await text(client(a), { seed: 99 })).said).toBe(first.said);
    expect((await text(client(b))).said).toBe(first.said);
    expect((await text(client(await simulate({ seed: 6 })))).said).not.toBe(first.said);
    expect((await text(client(a), { temperature: 1, seed: 99 })).said).not.toBe(first.said);
  });

  it('goes on after any start of the answer as if it had never stopped', async () => {
    const server = await simulate();
    const whole = (await text(client(server))).said;
    for (const cut of [1, 7, Math.floor(whole.length / 2), whole.length])
      expect(whole.slice(0, cut) + (await text(client(server), { continue: whole.slice(0, cut) })).said).toBe(whole);
  });

  it('goes on after foreign words too, always in the same way', async () => {
    const server = await simulate();
    const first = (await text(client(server), { continue: 'Zebra' })).said;
    expect(first).not.toBe('');
    expect((await text(client(server), { continue: 'Zebra' })).said).toBe(first);
  });

  it('differs between models by the share asked for', () => {
    const other = { ...options, model: 'other', deviation: 0.25 };
    const [mine, theirs] = [say(options), say(other)];
    const changed = mine.filter((token, i) => token !== theirs[i]).length;
    expect(mine).toHaveLength(theirs.length);
    expect(changed / mine.length).toBeGreaterThan(0.05);
    expect(changed / mine.length).toBeLessThan(0.5);
  });

  it('ends before a stop string, even within a token', () => {
    expect(untilStop([' one', ' two', ' three'], ['wo t'])).toEqual([' one', ' t']);
    expect(untilStop([' one', ' two'], ['four'])).toEqual([' one', ' two']);
  });
});

describe('limits', () => {
  it('a bucket lets the limit through, refuses the next, and says when to come back', () => {
    const account = openAccount({ rpm: 60, tpm: 1000 });
    for (let i = 0; i < 60; i++) expect(account.admit(1, 0)).toBeUndefined();
    expect(account.admit(1, 0)).toMatchObject({ limit: 'rpm', allowed: 60, used: 60, requested: 1, after: 1000 });
    expect(account.admit(1, 1000)).toBeUndefined();
    expect(account.facts.violations).toEqual({ rpm: 1, rpd: 0, tpm: 0, tpd: 0 });
  });

  it('tokens are charged before the answer exists, and what was not used comes back', () => {
    const account = openAccount({ tpm: 1000 });
    account.admit(900, 0);
    expect(account.admit(200, 0)).toMatchObject({ limit: 'tpm', used: 900, requested: 200 });
    account.refund(850);
    expect(account.admit(200, 0)).toBeUndefined();
  });

  it('over the wire: 429 with the wait, 413 where it never fits, and the headers of Groq', async () => {
    const server = await simulate({ rpd: 2, tpm: 600 });
    const openai = official(server);
    const asking = (max: number) =>
      openai.chat.completions.create({ model, messages: ask, max_completion_tokens: max }).withResponse();
    const { response } = await asking(100);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'x-ratelimit-limit-requests': '2',
      'x-ratelimit-remaining-requests': '1',
      'x-ratelimit-limit-tokens': '600',
      'x-groq-region': 'simulated',
    });
    await expect(asking(5000)).rejects.toMatchObject({
      status: 413,
      message: expect.stringMatching(/Limit 600, Requested 5\d\d\d/),
    });
    await asking(10);
    const refused = await asking(10).catch((error) => error);
    expect(refused).toMatchObject({
      status: 429,
      message: expect.stringMatching(/per day \(RPD\).*try again in 1?[12]h/),
    });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(40_000);
    expect(server.account()).toMatchObject({ requests: 4, admitted: 2, violations: { rpd: 1, tpm: 1 } });
  });

  it.each([
    [400, '400ms'],
    [7660, '7.66s'],
    [172_800, '2m52.8s'],
    [4_579_200, '1h16m19.2s'],
  ])('%d ms is %s', (milliseconds, text) => {
    expect(goDuration(milliseconds)).toBe(text);
  });
});

describe('truth', () => {
  it('holds what the client saw, by the same clock', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ttcbench-truth-'));
    const truthFile = join(folder, 'truth.jsonl');
    const server = await simulate({ truthFile, queue: 5, ttft: 20, tpot: 1 });
    const intended = process.hrtime.bigint();
    const meter = createMeter();
    const call: Call = { messages: ask, maxTokens: 10, temperature: 0, seed: 1 };
    const ats: bigint[] = [];
    for await (const part of client(server)(call, { signal: new AbortController().signal, meter, intended }))
      if (part.type === 'text') ats.push(part.at);
    const record = meter.counters.calls[0]!;
    await server.close();
    servers.splice(0);
    const [line, ...more] = readFileSync(truthFile, 'utf8').trim().split('\n');
    const truth = JSON.parse(line!) as Truth;
    rmSync(folder, { recursive: true });
    expect(more).toEqual([]);
    expect(truth).toMatchObject({ id: record.id, status: 200, events: 10, ending: 'sent', fault: null });
    expect(truth.first! - truth.received).toBeGreaterThanOrEqual(24.9);
    const start = Number(intended) / 1e6;
    // Nothing arrives before it was sent.
    expect(start + record.first!).toBeGreaterThanOrEqual(truth.first! - 0.01);
    expect(start + record.sent).toBeLessThanOrEqual(truth.received + 0.01);
    expect(record.server).toMatchObject({ queue: 5, prompt: 20, completion: expect.closeTo(9, 6) });
  });

  it('knows that a client left', async () => {
    const server = await simulate({ tpot: 5 });
    for await (const part of client(server)(
      { messages: ask, maxTokens: 100, temperature: 0, seed: 1 },
      {
        signal: new AbortController().signal,
        meter: createMeter(),
      },
    ))
      if (part.type === 'text') break;
    await expect.poll(() => server.account().aborted).toBe(1);
    expect(JSON.parse(server.truth())).toMatchObject({ ending: 'aborted' });
  });
});
