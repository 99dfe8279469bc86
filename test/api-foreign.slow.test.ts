/** The chat client against servers that are not ours: what they refuse, list, repeat and break. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ApiBackend, ApiOptions } from '../src/backends/api-backend.ts';
import { openOpenAiBackend } from '../src/backends/openai.ts';
import { createHttpTransport } from '../src/client/http.ts';
import { type Call, codeOf, createMeter, type Generate, type TtcError } from '../src/core/index.ts';
import {
  type ChatBody,
  chunk,
  type ForeignOptions,
  json,
  listed,
  plainAnswer,
  rawAnswer,
  sse,
  startForeign,
  startRaw,
  stream,
  usage,
} from './support/foreign-server.ts';

const call: Call = { messages: [{ role: 'user', content: 'Tell me.' }], maxTokens: 8, temperature: 0, seed: 1 };
const closing: (() => PromiseLike<unknown> | unknown)[] = [];
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ttcbench-foreign-'));
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  rmSync(folder, { recursive: true });
});

async function serve(options: ForeignOptions = {}) {
  const server = await startForeign(options);
  closing.push(() => server.close());
  return server;
}
async function open(urls: string | string[], more: Partial<ApiOptions> = {}): Promise<ApiBackend> {
  const backend = await openOpenAiBackend({
    ...{ model: null, apiKeyEnv: null, environment: {} },
    baseUrls: [urls].flat(),
    ...more,
  });
  closing.push(() => backend[Symbol.asyncDispose]());
  return backend;
}
async function ask(generate: Generate, more: Partial<Call> = {}) {
  const meter = createMeter();
  let text = '';
  let error: unknown;
  try {
    for await (const part of generate({ ...call, ...more }, { signal: new AbortController().signal, meter }))
      if (part.type === 'text' && part.channel === 'answer') text += part.text;
  } catch (thrown) {
    error = thrown;
  }
  return {
    text,
    error,
    code: error === undefined ? undefined : codeOf(error),
    records: meter.counters.calls,
    record: meter.counters.calls.at(-1)!,
  };
}
const failure = (opening: Promise<unknown>): Promise<TtcError> =>
  opening.then(
    () => Promise.reject(new Error('it was expected to fail')),
    (error: TtcError) => error,
  );
const refuse = (response: ServerResponse, message: string, more: object = {}, status = 400) =>
  json(response, status, { error: { message, type: 'invalid_request_error', ...more } });

describe('a field that the server refuses', () => {
  type Refuse = (body: ChatBody) => [message: unknown, more?: object] | undefined;
  const cases: [string, Refuse, string, Partial<ApiOptions>?][] = [
    [
      'only the default temperature',
      ({ temperature }) =>
        temperature === undefined || temperature === 1
          ? undefined
          : ["Unsupported value: 'temperature' does not support 0 with this model.", { param: 'temperature' }],
      'temperature dropped',
    ],
    [
      'no temperature of 0',
      ({ temperature }) => (temperature === 0 ? ['`temperature` must be strictly positive'] : undefined),
      'temperature dropped',
    ],
    [
      'another name of max_tokens',
      (body) =>
        body.max_tokens === undefined
          ? undefined
          : [
              "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
            ],
      'max_tokens sent as max_completion_tokens',
    ],
    [
      'no stream_options',
      (body) => (body.stream_options ? ['stream_options: Extra inputs are not permitted'] : undefined),
      'stream_options dropped',
    ],
    [
      'no seed',
      (body) => (body.seed === undefined ? undefined : ['Unknown name "seed": Cannot find field.']),
      'seed dropped',
    ],
    [
      'no seed, in the words of FastAPI',
      (body) =>
        body.seed === undefined ? undefined : [[{ loc: ['body', 'seed'], msg: 'extra fields not permitted' }]],
      'seed dropped',
    ],
  ];

  it.each(cases)('%s: left out or renamed once, remembered, told', async (_, refuses, words) => {
    const server = await serve({
      chat(body, response) {
        const said = refuses(body);
        if (!said) return plainAnswer(body, response);
        if (Array.isArray(said[0])) return json(response, 422, { detail: said[0] });
        refuse(response, String(said[0]), said[1]);
      },
    });
    const notes: string[] = [];
    const backend = await open(server.url, { cacheFolder: folder, onNote: (note) => notes.push(note) });
    const first = await ask(backend.generate);
    expect(first.text).toMatch(/^One, two/);
    expect([first.records.length, first.record.adapted]).toEqual([1, [words]]);
    expect(backend.identity).toContain(words);
    expect(backend.adapted()).toEqual([words]);
    expect(await backend.facts!()).toMatchObject({ adapted: [words] });
    expect(notes).toContainEqual(expect.stringMatching(/^the server refuses the field /));
    // The next start asks nothing and knows it all the same.
    const { probes } = server.seen;
    const again = await open(server.url, { cacheFolder: folder });
    expect([server.seen.probes, again.identity]).toEqual([probes, backend.identity]);
    expect((await ask(again.generate)).records).toHaveLength(1);
  });

  it('two at once, and one after the other', async () => {
    const server = await serve({
      chat(body, response) {
        if (body.temperature !== undefined) return refuse(response, 'temperature and seed are not supported');
        if (body.stream_options !== undefined) return refuse(response, 'unknown field stream_options');
        plainAnswer(body, response);
      },
    });
    const backend = await open(server.url);
    expect((await ask(backend.generate)).record.adapted).toEqual([
      'temperature dropped',
      'seed dropped',
      'stream_options dropped',
    ]);
  });

  it('in the middle of a run: the call is sent again at once, both attempts are records', async () => {
    let isStrict = false;
    const server = await serve({
      chat: (body, response) =>
        isStrict && body.seed !== undefined ? refuse(response, "unknown field 'seed'") : plainAnswer(body, response),
    });
    const backend = await open(server.url);
    isStrict = true;
    const { text, records } = await ask(backend.generate);
    expect(text).toMatch(/^One/);
    expect(records.map(({ outcome, status }) => [outcome, status])).toEqual([
      ['failed', 400],
      ['ok', 200],
    ]);
    expect((await ask(backend.generate)).records).toMatchObject([{ outcome: 'ok', adapted: ['seed dropped'] }]);
  });

  it.each([
    ['a limit that is too high', 'max_tokens must be at most 4096, not 8'],
    ['a whole request that is echoed', 'bad request: {"temperature":0,"seed":1,"max_tokens":8}'],
    ['a stop string', "'stop' is not supported with this model"],
    ['a word in the prompt', 'the messages were refused'],
  ])('is none: %s; nothing is remembered', async (_, message) => {
    let isStrict = false;
    const server = await serve({
      chat: (body, response) => (isStrict ? refuse(response, message) : plainAnswer(body, response)),
    });
    const backend = await open(server.url);
    isStrict = true;
    const { error, code } = await ask(backend.generate, { stop: ['x'] });
    expect(code).toBe('E_REQUEST');
    expect((error as Error).message).toContain(message);
    expect(backend.adapted()).toEqual([]);
  });

  it('can be left out or added by the user', async () => {
    const server = await serve();
    const backend = await open(server.url, { omit: ['seed', 'stream_options.include_usage'], extra: { top_k: 3 } });
    await ask(backend.generate);
    for (const body of server.seen.bodies.filter(({ stream }) => stream)) {
      expect(body).toMatchObject({ top_k: 3, temperature: 0 });
      expect(body).not.toHaveProperty('seed');
      expect(body).not.toHaveProperty('stream_options');
    }
    expect(backend.identity).toMatch(/\{"top_k":3\} without seed, stream_options\.include_usage$/);
  });

  it('probes ask as the run will', async () => {
    const server = await serve();
    const backend = await open(server.url, { ask: { temperature: 0.7, sampling: { topP: 0.9 } } });
    expect(backend.adapted()).toEqual([]);
    for (const body of server.seen.bodies.filter(({ stream }) => stream))
      expect(body).toMatchObject({ temperature: 0.7, top_p: 0.9 });
  });
});

describe('a list of models is a help, not a gate', () => {
  const lists: [string, NonNullable<ForeignOptions['models']>][] = [
    ['a bare list', (_, response) => json(response, 200, [{ id: 'm' }])],
    ['a list of names', (_, response) => json(response, 200, ['m'])],
    ['another name for the list', (_, response) => json(response, 200, { models: [{ name: 'm' }] })],
    ['no data', (_, response) => json(response, 200, { object: 'list', data: null })],
    [
      'a restricted key',
      (_, response) => refuse(response, 'Missing scopes: api.model.read.', { code: 'missing_scope' }, 403),
    ],
    ['a gateway that wants another key for it', (_, response) => refuse(response, 'no', {}, 401)],
    ['an unknown route', (_, response) => refuse(response, 'unknown route', {}, 400)],
    ['a model that still loads', (_, response) => json(response, 503, { error: { message: 'Loading model' } })],
    ['a page', (_, response) => void response.end('<html>welcome</html>')],
    ['nothing', (_, response) => void response.end()],
    ['a wildcard', (_, response) => json(response, 200, listed('*'))],
    ['a tag', (_, response) => json(response, 200, listed('m:latest'))],
    ['a prefix', (_, response) => json(response, 200, listed('models/m'))],
    ['other letters', (_, response) => json(response, 200, listed('M'))],
    ['another model', (_, response) => json(response, 200, listed('gpt-x'))],
    ['an empty list', (_, response) => json(response, 200, listed())],
    [
      'damaged entries',
      (_, response) =>
        json(response, 200, { data: [null, 7, { id: 3 }, { id: 'm', owned_by: {}, max_model_len: -1 }] }),
    ],
  ];
  it.each(lists)('%s: with a model named the server is asked itself', async (_, models) => {
    const server = await serve({ models });
    const backend = await open(server.url, { model: 'm' });
    expect((await ask(backend.generate)).text).toMatch(/^One/);
  });

  it.each(lists.slice(0, 3))('%s: its only model is found', async (_, models) => {
    expect((await open((await serve({ models })).url)).model).toBe('m');
  });

  it('says so where the list does not have it', async () => {
    const notes: string[] = [];
    const server = await serve({ models: (_, response) => json(response, 200, listed('gpt-x')) });
    const backend = await open(server.url, { model: 'm', onNote: (note) => notes.push(note) });
    expect(notes).toEqual([expect.stringMatching(/does not list "m", but answers for it$/)]);
    expect(await backend.facts!()).toMatchObject({ notes });
  });

  it('what the server does not have either is refused with what it has', async () => {
    const chat: ForeignOptions['chat'] = (_, response) =>
      refuse(response, 'no such model', { code: 'model_not_found' }, 404);
    const server = await serve({ chat, models: (_, response) => json(response, 200, listed('llama3', 'qwen3')) });
    const error = await failure(open(server.url, { model: 'lama3' }));
    expect(error).toMatchObject({ code: 'E_MODEL', help: expect.stringMatching(/llama3, qwen3/) });
    expect(error.message).toMatch(/did you mean llama3\?.*no such model/);
  });

  it('no model named: what cannot be called is not chosen, and the reason is told', async () => {
    expect(await failure(open((await serve({ models: lists[10]![1] })).url))).toMatchObject({ code: 'E_MODEL' });
    const forbidden = await failure(open((await serve({ models: lists[4]![1] })).url));
    expect(forbidden.message).toMatch(/Missing scopes/);
  });

  it('a slow one is waited for as long as a connection', async () => {
    const server = await serve({
      models: async (_, response) => sleep(300).then(() => json(response, 200, listed('m'))),
    });
    expect((await open(server.url, { timeouts: { connect: 60_000 } })).model).toBe('m');
  });
});

describe('sockets that the server drops', () => {
  const body = `${chunk({ content: 'Hello' })}${chunk({ content: ' you' }, 'stop')}${sse('[DONE]')}`;
  const list = JSON.stringify(listed('m'));
  const raw = async (drops: (about: { used: number; requests: number }) => boolean, isList?: true) => {
    const server = await startRaw((about) => {
      if (drops(about) && (!about.isList || isList)) return undefined;
      return about.isList ? rawAnswer(list, 'application/json') : rawAnswer(body);
    });
    closing.push(() => server.close());
    return server;
  };

  it('reused, before a byte: the request goes out again at once, on a new one, and says so', async () => {
    let isStrict = false;
    const server = await raw(({ used }) => isStrict && used > 1);
    const backend = await open(server.url);
    isStrict = true;
    for (let i = 0; i < 6; i++) {
      const { text, records } = await ask(backend.generate);
      expect(text).toBe('Hello you');
      expect(records).toMatchObject([{ attempt: 1, outcome: 'ok', ending: 'ok' }]);
      if (records[0]!.resent) expect(records[0]).toMatchObject({ resent: 1, connect: expect.any(Number) });
    }
    expect(backend.connections().resent).toBeGreaterThan(1);
  });

  it('in lists and probes too', async () => {
    const server = await raw(({ used }) => used > 1, true);
    const backend = await open(server.url);
    expect((await backend.facts!()).capabilities).toMatchObject({
      n: { supported: false },
      usage: { evidence: 'counted by chunks' },
    });
    expect(backend.connections().resent).toBeGreaterThan(0);
  });

  it('new, before a byte: a failure of the server that cost nothing, in words that say so', async () => {
    let isStrict = false;
    const server = await raw(() => isStrict);
    const backend = await open(server.url);
    isStrict = true;
    const { records, error } = await ask(backend.generate);
    expect(records).toMatchObject([{ ending: 'reset', resent: 1 }]);
    expect(records[0]).not.toHaveProperty('usage');
    expect(error).toMatchObject({
      code: 'E_STREAM',
      retry: {},
      message: expect.stringMatching(/closed the connection before it answered/),
    });
  });

  it('in the middle of an answer: never sent again', async () => {
    let isStrict = false;
    const server = await startRaw(({ isList, socket }) => {
      if (isList) return rawAnswer(list, 'application/json');
      if (!isStrict) return rawAnswer(body);
      socket.write(`HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n${chunk({ content: 'Hello' })}`, () =>
        setTimeout(() => socket.resetAndDestroy(), 20),
      );
      return '';
    });
    closing.push(() => server.close());
    const backend = await open(server.url);
    isStrict = true;
    const { requests } = server.seen;
    const { records, code } = await ask(backend.generate);
    expect([code, server.seen.requests - requests]).toEqual(['E_STREAM', 1]);
    expect(records[0]).not.toHaveProperty('resent');
  });
});

describe('of several servers', () => {
  const dead: [string, NonNullable<ForeignOptions['chat']>][] = [
    ['one that is overloaded', (_, response) => json(response, 503, { error: { message: 'engine is dead' } })],
    ['one that lost its model', (_, response) => refuse(response, 'no model', {}, 404)],
    [
      'one that answers with an error in a stream',
      (_, response) => stream(response, [sse({ error: { message: 'dead', code: 500 } })]),
    ],
    ['one that breaks', (_, response) => void response.socket?.resetAndDestroy()],
  ];
  it.each(dead)('%s draws few calls, and none twice', async (_, chat) => {
    let isDead = false;
    const bad = await serve({
      chat: (body, response, about) => (isDead ? chat(body, response, about) : plainAnswer(body, response)),
    });
    const good = await serve({ chat: async (body, response) => sleep(20).then(() => plainAnswer(body, response)) });
    const backend = await open([good.url, bad.url]);
    isDead = true;
    const before = bad.seen.chats + bad.seen.probes;
    let failed = 0;
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        for (let i = 0; i < 6; i++) {
          let { error, record } = await ask(backend.generate);
          if (error) ({ error, record } = await ask(backend.generate));
          if (error) failed++;
          else expect(record.endpoint).toBe(good.url);
        }
      }),
    );
    expect(failed).toBe(0);
    expect(bad.seen.chats + bad.seen.probes - before).toBeLessThanOrEqual(3);
  });
});

describe('of several servers at the start', () => {
  it('a dead one is one line: the user named it', async () => {
    const error = await failure(open([(await serve()).url, 'http://127.0.0.1:9/v1'], { model: 'm' }));
    expect(error.code).toBe('E_CONNECT');
  });
});

describe('a server that keeps its stream alive', () => {
  it.each(['data:\n\n', 'data: ping\n\n', 'data: {"type":"ping"}\n\n'])(
    'with %j is silent all the same',
    async (beat) => {
      const chat: ForeignOptions['chat'] = (body, response, { isProbe }) => {
        if (isProbe) return plainAnswer(body, response);
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(chunk({ content: 'Hello' }));
        const timer = setInterval(() => response.write(beat), 10);
        response.on('close', () => clearInterval(timer));
      };
      const backend = await open((await serve({ chat })).url, { timeouts: { gap: 200 } });
      expect((await ask(backend.generate)).record.ending).toBe('stalled');
    },
  );
});

describe('a server that says the started answer again', () => {
  const counted = 'One, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve'.split(/(?=,)/);
  /** Continues the last assistant message, or begins anew. */
  const chat =
    (echoes: boolean): NonNullable<ForeignOptions['chat']> =>
    (body, response) => {
      const last = body.messages.at(-1)!;
      if (last.role !== 'assistant' || !body.stream) return plainAnswer(body, response);
      const { content } = last;
      const whole = counted.join('');
      let said = whole.length;
      while (!content.endsWith(whole.slice(0, said))) said--;
      const rest = echoes ? [content, ...whole.slice(said).split(/(?=,)/)] : counted.slice(0, Number(body.max_tokens));
      stream(response, [...rest.map((piece) => chunk({ content: piece })), chunk({}, 'stop'), sse('[DONE]')]);
    };

  it('has prefill, and the start is left out of every answer', async () => {
    const server = await serve({ chat: chat(true) });
    const backend = await open(server.url);
    expect(backend.capabilities.has('prefill')).toBe(true);
    expect((await ask(backend.generate, { continue: 'One, two, three, four' })).text).toBe(counted.slice(4).join(''));
  });

  it('is none that begins anew', async () => {
    const backend = await open((await serve({ chat: chat(false) })).url);
    expect(backend.capabilities.has('prefill')).toBe(false);
  });
});

describe('what was probed', () => {
  const age = (days: number) => {
    const path = join(folder, readdirSync(folder)[0]!);
    const stored = JSON.parse(readFileSync(path, 'utf8'));
    writeFileSync(path, JSON.stringify({ ...stored, at: new Date(Date.now() - days * 86_400_000).toISOString() }));
  };
  it('is kept a day where the server could not do something', async () => {
    const server = await serve();
    await open(server.url, { cacheFolder: folder });
    const { probes } = server.seen;
    age(0.9);
    await open(server.url, { cacheFolder: folder });
    expect(server.seen.probes).toBe(probes);
    age(1.1);
    await open(server.url, { cacheFolder: folder });
    expect(server.seen.probes).toBe(2 * probes);
  });

  it('is asked again where the server says another version', async () => {
    let version = 'b1';
    const models: ForeignOptions['models'] = (_, response) =>
      json(response, 200, listed('m'), { 'x-server-version': version });
    const server = await serve({ models });
    await open(server.url, { cacheFolder: folder });
    const { probes } = server.seen;
    await open(server.url, { cacheFolder: folder });
    expect(server.seen.probes).toBe(probes);
    version = 'b2';
    await open(server.url, { cacheFolder: folder });
    expect(server.seen.probes).toBe(2 * probes);
  });

  it('is asked again where a known server names another build', async () => {
    let build = 'b1';
    const models: ForeignOptions['models'] = (request, response) => {
      if (request.url === '/props') return json(response, 200, { build_info: build });
      json(response, 200, { data: [{ id: 'm', owned_by: 'llamacpp' }] });
    };
    const server = await serve({ models });
    await open(server.url, { cacheFolder: folder });
    const { probes } = server.seen;
    build = 'b2';
    await open(server.url, { cacheFolder: folder });
    expect(server.seen.probes).toBe(2 * probes);
  });
});

describe('the cache of prompts', () => {
  const owned =
    (owner: string): ForeignOptions['models'] =>
    (_, response) =>
      json(response, 200, { data: [{ id: 'm', owned_by: owner }] });

  it('is done without where the server can be asked that', async () => {
    const llama = await serve({ models: owned('llamacpp') });
    const cold = await open(llama.url, { cache: 'cold' });
    expect(cold.coldBy).toBe('cache_prompt');
    await ask(cold.generate);
    expect(llama.seen.bodies.at(-1)).toMatchObject({ cache_prompt: false });
    const vllm = await serve({ models: owned('vllm') });
    const salted = await open(vllm.url, { cache: 'cold' });
    await ask(salted.generate);
    await ask(salted.generate);
    const salts = vllm.seen.bodies.filter(({ stream }) => stream).map((body) => body.cache_salt);
    expect(new Set(salts).size).toBe(salts.length);
    expect([cold.identity, salted.identity]).toEqual([
      expect.stringMatching(/cold cache$/),
      expect.stringMatching(/cold cache$/),
    ]);
  });

  it('stays as it is where nobody asked, and where there is no way', async () => {
    const server = await serve({ models: owned('llamacpp') });
    await ask((await open(server.url)).generate);
    for (const body of server.seen.bodies) expect(body).not.toHaveProperty('cache_prompt');
    const other = await open((await serve()).url, { cache: 'cold' });
    expect([other.coldBy, other.identity]).toEqual([undefined, expect.not.stringMatching(/cold/)]);
    const chat: ForeignOptions['chat'] = (body, response) =>
      body.cache_prompt === undefined ? plainAnswer(body, response) : refuse(response, 'unknown field cache_prompt');
    const strict = await open((await serve({ chat, models: owned('llamacpp') })).url, { cache: 'cold' });
    expect([strict.coldBy, strict.adapted()]).toEqual([undefined, ['cache_prompt dropped']]);
  });
});

describe('what is unusual about a server', () => {
  it.each<[string, NonNullable<ForeignOptions['chat']>, RegExp]>([
    [
      'one piece',
      (_, response) =>
        json(response, 200, {
          choices: [{ message: { content: 'One, two, three, four, five, six' }, finish_reason: 'stop' }],
        }),
      /one piece/,
    ],
    [
      'no finish reason',
      (_, response) => stream(response, [chunk({ content: 'One, two' }), sse('[DONE]')]),
      /no finish reason/,
    ],
    [
      'usage of nothing',
      (_, response) =>
        stream(response, [chunk({ content: 'One, two' }), chunk({}, 'stop'), usage(0, 0), sse('[DONE]')]),
      /usage contradicts its text \(zero\)/,
    ],
  ])('%s: said at every start', async (_, chat, words) => {
    const server = await serve({ chat });
    for (const _time of [1, 2]) {
      const notes: string[] = [];
      await open(server.url, { cacheFolder: folder, onNote: (note) => notes.push(note) });
      expect(notes).toEqual([expect.stringMatching(words)]);
    }
  });
});

describe('every request', () => {
  it('names the program', async () => {
    const server = await serve();
    const backend = await open(server.url);
    await backend.warm(1);
    await ask(backend.generate);
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
    expect(new Set(server.seen.headers.map((headers) => headers['user-agent']))).toEqual(
      new Set([`ttcbench/${version}`]),
    );
  });

  it('beyond the files that the process may open waits, and the session can tell', async () => {
    const chat: ForeignOptions['chat'] = async (body, response) => sleep(30).then(() => plainAnswer(body, response));
    const server = await serve({ chat });
    const transport = createHttpTransport({ mostInFlight: 2 });
    const backend = await open(server.url, { transport });
    const controller = new AbortController();
    const given = backend.generate(call, { signal: controller.signal, meter: createMeter() })[Symbol.asyncIterator]();
    const heard = Promise.all(Array.from({ length: 5 }, () => ask(backend.generate)));
    const left = given.next().catch(() => undefined);
    controller.abort();
    expect((await heard).map(({ code }) => code)).toEqual(Array(5).fill(undefined));
    await left;
    expect(transport.stats().outOfFiles).toBeGreaterThanOrEqual(3);
    expect(transport.stats().connections).toBeLessThanOrEqual(4);
    expect((await ask(backend.generate)).text).toMatch(/^One/);
  });
});

describe('an answer of a plain server', () => {
  it('is as before', async () => {
    const backend = await open(
      (
        await serve({
          chat: (body, response) =>
            body.stream
              ? stream(response, [chunk({ content: 'Hi' }), chunk({}, 'stop'), usage(3, 1), sse('[DONE]')])
              : plainAnswer(body, response),
        })
      ).url,
    );
    const { record } = await ask(backend.generate);
    expect(record).toMatchObject({ ending: 'ok', usage: { prompt: 3, completion: 1, method: 'usage' } });
    for (const name of ['resent', 'adapted', 'finish', 'error']) expect(record).not.toHaveProperty(name);
  });
});
