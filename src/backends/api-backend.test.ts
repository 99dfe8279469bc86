import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Backend, type Call, createMeter, type Generate } from '../core/index.ts';
import { parseFault, type SimulateOptions, type Simulator, startSimulator } from '../gateway/index.ts';
import type { ApiOptions } from './api-backend.ts';
import { openGroqBackend } from './groq.ts';
import { openOpenAiBackend } from './openai.ts';
import { openReplayBackend } from './replay.ts';

const key = 'gsk_0123456789abcdefghijklmnop';
const call: Call = { messages: [{ role: 'user', content: 'Tell me.' }], maxTokens: 12, temperature: 0, seed: 1 };
let folder: string;
const open: (Simulator | Backend)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ttcbench-api-'));
});
afterEach(async () => {
  for (const one of open.splice(0)) await ('account' in one ? one.close() : one[Symbol.asyncDispose]());
  rmSync(folder, { recursive: true });
});

async function simulate(options: SimulateOptions = {}): Promise<Simulator> {
  const server = await startSimulator(options);
  open.push(server);
  return server;
}
const base: ApiOptions = { model: null, baseUrls: [], apiKeyEnv: null, environment: { GROQ_API_KEY: key } };
async function groq(server: Simulator, more: Partial<ApiOptions> = {}) {
  const backend = await openGroqBackend({ ...base, baseUrls: [server.url], ...more });
  open.push(backend);
  return backend;
}
async function openai(server: Simulator, more: Partial<ApiOptions> = {}) {
  const backend = await openOpenAiBackend({ ...base, baseUrls: [server.url], ...more });
  open.push(backend);
  return backend;
}
async function ask(generate: Generate, more: Partial<Call> = {}) {
  const meter = createMeter();
  let text = '';
  for await (const part of generate({ ...call, ...more }, { signal: new AbortController().signal, meter }))
    if (part.type === 'text') text += part.text;
  return { text, record: meter.counters.calls[0]! };
}
const failure = (opening: Promise<unknown>) =>
  opening.then(
    () => undefined,
    (error: { code: string; message: string; help?: string }) => error,
  );

describe('keys', () => {
  it.each([
    ['groq', openGroqBackend, {}, /GROQ_API_KEY is not set/],
    ['openai', openOpenAiBackend, {}, /OPENAI_API_KEY is not set/],
    ['another variable', openGroqBackend, { apiKeyEnv: 'MY_KEY' }, /MY_KEY is not set/],
    [
      'a key with a line break in it',
      openGroqBackend,
      { environment: { GROQ_API_KEY: 'gsk_a b' } },
      /characters that no key has/,
    ],
  ])('missing or damaged for %s: one line with help, before anything is sent', async (_, opener, more, words) => {
    const error = await failure(opener({ ...base, environment: {}, ...more }));
    expect(error).toMatchObject({ code: 'E_API_KEY', message: expect.stringMatching(words), help: expect.any(String) });
    expect(error!.message).not.toMatch(/\n|gsk_/);
  });

  it('wrong: one line with help, without the key', async () => {
    const server = await simulate({ apiKey: 'gsk_right' });
    const error = await failure(openGroqBackend({ ...base, baseUrls: [server.url] }));
    expect(error).toMatchObject({ code: 'E_API_KEY', message: expect.stringMatching(/401: invalid_api_key/) });
    expect(error!.message).toMatch(/^the key of GROQ_API_KEY was refused; /);
    expect(JSON.stringify([error!.message, error!.help])).not.toContain(key);
  });

  it('never sent to a server that wants one: says so and names the variable', async () => {
    const server = await simulate({ apiKey: 'gsk_right' });
    const ofOthers = { ...base, environment: { GROQ_API_KEY: ' ', MINE: key }, baseUrls: [server.url] };
    const help = expect.stringMatching(/GROQ_API_KEY=…/);
    const message = expect.stringMatching(/^no key was sent: GROQ_API_KEY is not set; .* answered 401/);
    expect(await failure(openGroqBackend(ofOthers))).toMatchObject({ code: 'E_API_KEY', message, help });
    const baseUrls = [server.url.replace('//', '//me:secret-login@')];
    const login = await failure(openGroqBackend({ ...ofOthers, apiKeyEnv: 'NOT_THERE', baseUrls }));
    expect(login!.message).toMatch(/^the login of the base URL was refused and no key was sent: NOT_THERE is not set/);
    expect(login!.message).not.toContain('secret-login');
  });

  it('of OpenAI is not given to a provider that has its own', async () => {
    const error = await failure(
      openOpenAiBackend({ ...base, baseUrls: ['https://api.cerebras.ai/v1'], environment: { OPENAI_API_KEY: key } }),
    );
    expect(error).toMatchObject({ code: 'E_API_KEY', message: expect.stringMatching(/CEREBRAS_API_KEY is not set/) });
  });
});

describe('models', () => {
  it('an unknown one names those that exist and the nearest', async () => {
    const server = await simulate();
    expect(await failure(groq(server, { model: 'openai/gpt-oss-12b' }))).toMatchObject({
      code: 'E_MODEL',
      message: expect.stringMatching(/did you mean openai\/gpt-oss-120b\?/),
      help: expect.stringMatching(/qwen\/qwen3\.8-27b/),
    });
  });

  it('a withdrawn one says when', async () => {
    const error = await failure(groq(await simulate(), { model: 'llama-3.3-70b-versatile' }));
    expect(error!.message).toMatch(/withdrawn on 2026-08-16/);
  });

  it('none named: the default of Groq, the only one of a server, else a question', async () => {
    expect((await groq(await simulate())).model).toBe('openai/gpt-oss-20b');
    expect((await openai(await simulate({ models: ['mine'] }))).model).toBe('mine');
    expect(await failure(openai(await simulate({ models: ['a', 'b'] })))).toMatchObject({
      code: 'E_MODEL',
      help: /a, b/,
    });
  });

  it('a server that is not there is one line', async () => {
    const error = await failure(openOpenAiBackend({ ...base, baseUrls: ['http://127.0.0.1:9/v1'] }));
    expect(error).toMatchObject({ code: 'E_CONNECT', help: expect.any(String) });
  });

  it('has to be at every server, and calls are spread', async () => {
    const [a, b] = [await simulate(), await simulate()];
    const backend = await groq(a, { baseUrls: [a.url, b.url] });
    const endpoints = await Promise.all([1, 2, 3, 4].map(async () => (await ask(backend.generate)).record.endpoint));
    expect(endpoints.toSorted()).toEqual([a.url, a.url, b.url, b.url].toSorted());
    expect(
      await failure(openai(a, { model: 'mine', baseUrls: [(await simulate({ models: ['mine'] })).url, a.url] })),
    ).toMatchObject({
      code: 'E_MODEL',
    });
  });
});

describe('capabilities', () => {
  it('of Groq: prefill, usage and server times, no log-probabilities, one answer', async () => {
    const backend = await groq(await simulate({ ttft: 1 }), { model: 'openai/gpt-oss-120b' });
    expect([...backend.capabilities].toSorted()).toEqual(['fast-model', 'prefill', 'server-timings', 'tools', 'usage']);
    expect(backend.fastModel).toBe('openai/gpt-oss-20b');
    expect((await ask(backend.another(backend.fastModel!))).text).toBe((await ask(backend.generate)).text);
  });

  it('of a server of the other kind: the other way round', async () => {
    const backend = await openai(await simulate({ flavour: 'openai', models: ['m'] }));
    expect([...backend.capabilities].toSorted()).toEqual(['logprobs', 'n', 'tools', 'usage']);
    await expect(ask(backend.generate, { continue: 'Once' })).rejects.toMatchObject({ code: 'E_CAPABILITY' });
  });

  it('what the table says is only a guess: a server that begins anew has no prefill', async () => {
    const backend = await openGroqBackend({ ...base, baseUrls: [(await simulate({ flavour: 'openai' })).url] });
    open.push(backend);
    expect(backend.capabilities.has('prefill')).toBe(false);
    expect(backend.capabilities.has('logprobs')).toBe(true);
    const facts = (await backend.facts!()) as { capabilities: { prefill: { evidence: string } } };
    expect(facts.capabilities.prefill.evidence).toMatch(/^after ".+" came ".+"$/);
  });

  it('are asked once and kept', async () => {
    const server = await simulate();
    const first = await groq(server, { cacheFolder: folder });
    const asked = server.account().requests;
    expect(asked).toBe(4);
    const second = await groq(server, { cacheFolder: folder });
    expect(server.account().requests).toBe(asked);
    expect([...second.capabilities]).toEqual([...first.capabilities]);
    writeFileSync(join(folder, readdirSync(folder)[0]!), '{"schema":1,"at":');
    await groq(server, { cacheFolder: folder });
    expect(server.account().requests).toBe(2 * asked);
  });

  it('that could not be asked now are not taken for missing', async () => {
    const server = await simulate({ faults: [parseFault('overload')] });
    const backend = await groq(server, { cacheFolder: folder });
    expect([...backend.capabilities]).toEqual(['tools']);
    expect(readdirSync(folder)).toEqual([]);
    expect(JSON.stringify(await backend.facts!())).toMatch(/over capacity/);
  });
});

describe('calls', () => {
  it('pin the reasoning effort, and the identity says so', async () => {
    const server = await simulate();
    expect((await groq(server)).identity).toContain('"reasoning_effort":"medium"');
    expect((await groq(server, { reasoningEffort: 'low' })).identity).toContain('"reasoning_effort":"low"');
    expect((await groq(server, { model: 'qwen/qwen3.8-27b' })).identity).toContain('"reasoning_effort":"none"');
  });

  it('use the sockets that were opened ahead', async () => {
    const server = await simulate();
    const backend = await groq(server);
    await backend.warm(6);
    const { connections } = backend.connections();
    expect(connections).toBeGreaterThanOrEqual(6);
    for (let round = 0; round < 3; round++) await Promise.all(Array.from({ length: 6 }, () => ask(backend.generate)));
    expect(backend.connections().connections).toBe(connections);
    expect(server.account().connections).toBe(connections);
  });

  it('have a price where one is known', async () => {
    const server = await simulate();
    expect((await groq(server)).prices).toMatchObject({ prompt: 0.075, completion: 0.3, asOf: '2026-10-02' });
    expect((await openai(await simulate({ models: ['mine'] }))).prices).toBeUndefined();
  });

  it('end on abort, with a record of what they cost', async () => {
    const backend = await groq(await simulate({ tpot: 5 }));
    const controller = new AbortController();
    const meter = createMeter();
    const asking = (async () => {
      for await (const _ of backend.generate({ ...call, maxTokens: 100 }, { signal: controller.signal, meter }))
        controller.abort();
    })();
    await expect(asking).rejects.toMatchObject({ code: 'E_ABORTED' });
    expect(meter.counters.calls).toMatchObject([
      { outcome: 'aborted', ending: 'aborted', usage: { origin: 'estimate' } },
    ]);
  });
});

describe('a conversation', () => {
  it('stays at one server, that of its drafts too, until it is over', async () => {
    const [one, other] = [await simulate(), await simulate()];
    const backend = await groq(one, { baseUrls: [one.url, other.url] });
    const draft = backend.another('openai/gpt-oss-120b');
    const served = async (generate: Generate) =>
      (await ask(generate, { conversation: { id: 'x', turn: 0 } })).record.endpoint;
    for (const generate of [backend.generate, draft]) {
      const home = await served(generate);
      expect(await served(generate)).toBe(home);
      backend.endConversation?.('x');
      // Idle servers take turns.
      expect(await served(generate)).not.toBe(home);
    }
  });
});

describe('record and replay', () => {
  it('the same answers without a server, and no key in the cassette', async () => {
    const server = await simulate();
    const cassette = join(folder, 'cassette.jsonl');
    const live = await groq(server, { record: cassette });
    const first = await ask(live.generate);
    const started = await ask(live.generate, { continue: first.text.slice(0, 9) });
    expect(readFileSync(cassette, 'utf8')).not.toContain(key);
    await server.close();
    const replay = await openReplayBackend({ cassette });
    open.push(replay);
    expect([replay.model, [...replay.capabilities]]).toEqual([live.model, [...live.capabilities]]);
    const again = await ask(replay.generate);
    expect([again.text, again.record.usage]).toEqual([first.text, first.record.usage]);
    expect((await ask(replay.generate, { continue: first.text.slice(0, 9) })).text).toBe(started.text);
    await expect(ask(replay.generate, { seed: 2 })).rejects.toThrow(/holds no answer/);
    expect(replay.identity).toContain(live.identity);
  });

  it('what is no cassette is refused by name', async () => {
    const path = join(folder, 'x.jsonl');
    await expect(openReplayBackend({ cassette: path })).rejects.toMatchObject({ code: 'E_DATA' });
    writeFileSync(path, '{"schema":1,"tag":"t","reads":[]}\n');
    await expect(openReplayBackend({ cassette: path })).rejects.toThrow(/does not say what was recorded/);
  });

  it('a place that cannot be written is refused before anything is called', async () => {
    const opening = groq(await simulate(), { record: join(folder, 'no', 'such', 'folder') });
    await expect(opening).rejects.toMatchObject({ code: 'E_ARGUMENT' });
  });
});
