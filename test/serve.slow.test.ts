/** The server over a real engine, by the official clients: what they send, what they get, and what the books say. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Groq from 'groq-sdk';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openGgmlBackend } from '../src/backends/ggml.ts';
import { type Backend, type Call, createMeter, type Message } from '../src/core/index.ts';
import { startSimulator } from '../src/gateway/index.ts';
import { resolveModel } from '../src/models/index.ts';
import type { OpenedModel } from '../src/serve/index.ts';
import { chatml } from './support/scripted-model.ts';
import { endless, openScripted, openTiny, post, serving, until } from './support/serving.ts';

let model: OpenedModel;
let talker: OpenedModel;
let engine: Backend;
const folder = mkdtempSync(join(tmpdir(), 'ttcbench-serve-'));
beforeAll(async () => {
  model = await openTiny();
  talker = await openScripted(endless, folder, 'talker', 1);
  const { name, path, sha256 } = await resolveModel('tiny8', { offline: true });
  engine = await openGgmlBackend({ model: name, path, sha256, threads: 1 });
});
afterAll(async () => {
  await model?.[Symbol.asyncDispose]();
  await talker?.[Symbol.asyncDispose]();
  await engine?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const messages = (content: string): Message[] => [{ role: 'user', content }];
const question = 'Which month had the most cases? Case 1: April. Case 2: May. Case 3: April.';
const asked = { model: 'tiny8', max_tokens: 24, temperature: 0 } as const;

it('says its context as vLLM and llama.cpp do, and how long a prompt is', async () => {
  await using server = await serving([model]);
  const root = server.url.replace(/\/v1$/, '');
  const { data } = (await (await fetch(`${server.url}/models`)).json()) as { data: Record<string, unknown>[] };
  expect(data[0]).toMatchObject({ context_window: 512, max_model_len: 512, meta: { n_ctx: 512 } });
  const headers = { 'content-type': 'application/json' };
  const send = (body: object) => fetch(`${root}/tokenize`, { method: 'POST', headers, body: JSON.stringify(body) });
  const tokenize = async (body: object) =>
    (await (await send(body)).json()) as { count: number; max_model_len: number; tokens: number[] };
  const counted = await tokenize({ model: 'tiny8', messages: messages(question) });
  expect(counted).toMatchObject({ count: (await alone({ messages: messages(question) })).prompt, max_model_len: 512 });
  expect(counted.tokens).toHaveLength(counted.count);
  expect((await tokenize({ model: 'tiny8', prompt: question })).count).toBeLessThan(counted.count);
  for (const wrong of [{ model: 'other', prompt: '' }, { messages: 5 }, { messages: [{ role: 'x', content: '' }] }])
    expect((await send(wrong)).status).toBeGreaterThanOrEqual(400);
});

/** What the engine says when it is asked itself, call by call. */
async function alone(call: Partial<Call> & Pick<Call, 'messages'>) {
  const meter = createMeter();
  const answer = { text: '', ids: [] as number[], reason: '', prompt: 0 };
  const context = { signal: new AbortController().signal, meter };
  for await (const part of engine.generate({ maxTokens: 24, temperature: 0, seed: 1, ...call }, context)) {
    if (part.type === 'text') {
      answer.text += part.text;
      answer.ids.push(...(part.ids ?? []));
    } else if (part.type === 'end') answer.reason = part.reason;
  }
  return { ...answer, prompt: meter.counters.sums.prompt_tokens };
}

describe.each([
  ['openai', (url: string, apiKey: string) => new OpenAI({ baseURL: url, apiKey, maxRetries: 0 })],
  [
    'groq-sdk',
    (url: string, apiKey: string) =>
      new Groq({ baseURL: url.replace(/\/v1$/, ''), apiKey, maxRetries: 0 }) as never as OpenAI,
  ],
])('%s', (_name, connect) => {
  it('gets the engine’s own answer, whole and streamed, with its usage', async () => {
    await using server = await serving([model]);
    const client = connect(server.url, 'any');
    const truth = await alone({ messages: messages(question) });
    const whole = await client.chat.completions.create({ ...asked, messages: messages(question) as never });
    expect(whole.choices[0]).toMatchObject({
      message: { role: 'assistant', content: truth.text },
      finish_reason: truth.reason,
    });
    expect(whole.usage).toMatchObject({ prompt_tokens: truth.prompt, completion_tokens: truth.ids.length });
    const stream = await client.chat.completions.create({
      ...asked,
      messages: messages(question) as never,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    let finish: string | null = null;
    let usage: OpenAI.CompletionUsage | null | undefined;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      finish = chunk.choices[0]?.finish_reason ?? finish;
      usage = chunk.usage ?? usage;
    }
    expect({ text, finish }).toEqual({ text: truth.text, finish: truth.reason });
    expect(usage).toMatchObject({ prompt_tokens: truth.prompt, completion_tokens: truth.ids.length });
    const counted = server.entries.map(({ outcome, prompt_tokens, completion_tokens }) => ({
      outcome,
      prompt_tokens,
      completion_tokens,
    }));
    const line = { outcome: 'ok', prompt_tokens: truth.prompt, completion_tokens: truth.ids.length };
    expect(counted).toEqual([line, line]);
  });

  it('gets usage with every event where it asks for it, as it is so far', async () => {
    await using server = await serving([model]);
    const stream = await connect(server.url, 'any').chat.completions.create({
      ...{ ...asked, messages: messages(question) as never, stream: true },
      ...{ stream_options: { include_usage: true, continuous_usage_stats: true } as never, return_token_ids: true },
    } as never as OpenAI.ChatCompletionCreateParamsStreaming);
    let ids = 0;
    const usages: OpenAI.CompletionUsage[] = [];
    for await (const { usage, choices } of stream) {
      ids += (choices[0] as { token_ids?: number[] } | undefined)?.token_ids?.length ?? 0;
      expect(usage).toMatchObject({ completion_tokens: ids, total_tokens: (usage?.prompt_tokens ?? 0) + ids });
      if (usage) usages.push(usage);
    }
    expect(usages[0]).toMatchObject({ completion_tokens: 0 });
    expect(new Set(usages.map(({ prompt_tokens }) => prompt_tokens)).size).toBe(1);
    expect(server.entries[0]).toMatchObject({ sent_tokens: ids, completion_tokens: ids });
  });

  it('gets errors as its own error types', async () => {
    await using server = await serving([model], { key: 'right' });
    const create = (client: OpenAI, more: object) =>
      client.chat.completions.create({ ...asked, messages: messages('hello') as never, ...more }).then(
        () => 'answered',
        (error) => [error.status, error.constructor.name, error.error?.error?.code ?? error.error?.code],
      );
    expect(await create(connect(server.url, 'wrong'), {})).toEqual([401, 'AuthenticationError', 'invalid_api_key']);
    const client = connect(server.url, 'right');
    expect(await create(client, { model: 'gpt-9' })).toEqual([404, 'NotFoundError', 'model_not_found']);
    expect(await create(client, { max_tokens: 4000 })).toEqual([400, 'BadRequestError', 'context_length_exceeded']);
    expect(await create(client, { response_format: { type: 'json_object' } })).toEqual([
      400,
      'BadRequestError',
      'unsupported_parameter',
    ]);
    expect(await create(client, {})).toBe('answered');
  });

  it('leaves in the middle, and the engine stops for it', async () => {
    await using server = await serving([talker]);
    const client = connect(server.url, 'any');
    const ask = { model: 'talker', messages: messages('go on') as never, temperature: 0 };
    const stream = await client.chat.completions.create({ ...ask, max_tokens: 1500, stream: true });
    let seen = 0;
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content && ++seen === 3) break;
    await until(() => server.entries.length === 1);
    const [entry] = server.entries;
    expect(entry).toMatchObject({ outcome: 'cancelled', code: 'E_ABORTED' });
    expect(entry!.completion_tokens).toBeGreaterThanOrEqual(seen);
    expect(entry!.completion_tokens).toBeLessThan(1500);
    // The only slot is free again.
    const next = await client.chat.completions.create({ ...ask, max_tokens: 4 });
    expect(next.choices[0]?.message.content).toBe('abab');
  });
});

describe('the same clients against the simulator', () => {
  it('work as against the engine', async () => {
    const simulator = await startSimulator({ models: ['m'], flavour: 'groq' });
    try {
      const openai = new OpenAI({ baseURL: simulator.url, apiKey: 'any', maxRetries: 0 });
      const groq = new Groq({ baseURL: simulator.url.replace(/\/openai\/v1$/, ''), apiKey: 'any', maxRetries: 0 });
      const ask = { model: 'm', messages: [{ role: 'user' as const, content: 'hello' }] };
      const answers = [await openai.chat.completions.create(ask), await groq.chat.completions.create(ask)];
      expect(answers[0]!.choices[0]!.message.content).toBe(answers[1]!.choices[0]!.message.content);
      const stream = await groq.chat.completions.create({ ...ask, stream: true });
      let text = '';
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
      expect(text).toBe(answers[0]!.choices[0]!.message.content);
      await expect(groq.chat.completions.create({ ...ask, model: 'other' })).rejects.toMatchObject({ status: 404 });
    } finally {
      await simulator.close();
    }
  });
});

describe('an official client’s retries', () => {
  it('come through when a slot has become free', async () => {
    await using server = await serving([talker], { maxQueue: 0 });
    const client = new OpenAI({ baseURL: server.url, apiKey: 'any', maxRetries: 5 });
    const ask = (seed: number) =>
      client.chat.completions.create({ ...asked, model: 'talker', seed, messages: messages(question) as never });
    const answers = await Promise.all([ask(1), ask(2), ask(3)]);
    expect(new Set(answers.map(({ choices }) => choices[0]?.message.content)).size).toBe(1);
    const outcomes = server.entries.map(({ outcome, status }) => `${outcome} ${status}`);
    expect(outcomes.filter((outcome) => outcome === 'ok 200')).toHaveLength(3);
    expect(outcomes).toContain('refused 429');
  });
});

describe('fields', () => {
  it('continues a started answer, and opens a new turn where that is asked for', async () => {
    await using server = await serving([model]);
    const truth = await alone({ messages: messages(question) });
    const start = truth.text.slice(0, 6);
    const ask = async (more: object) => {
      const response = await post(server.url, {
        ...asked,
        messages: [...messages(question), { role: 'assistant', content: start }],
        ...more,
      });
      return ((await response.json()) as OpenAI.ChatCompletion).choices[0]?.message.content;
    };
    const continued = (await alone({ messages: messages(question), continue: start })).text;
    expect(await ask({})).toBe(continued);
    expect(await ask({ continue_final_message: true, add_generation_prompt: false })).toBe(continued);
    const turn = await alone({ messages: [...messages(question), { role: 'assistant', content: start }] });
    expect(await ask({ continue_final_message: false })).toBe(turn.text);
  });

  it('gives n answers that differ by their seeds, each as if asked alone', async () => {
    await using server = await serving([model]);
    const response = await post(server.url, {
      ...asked,
      temperature: 1.5,
      seed: 7,
      n: 3,
      messages: messages(question),
    });
    const { choices, usage } = (await response.json()) as OpenAI.ChatCompletion;
    const truths = await Promise.all(
      [7, 8, 9].map((seed) => alone({ messages: messages(question), temperature: 1.5, seed })),
    );
    expect(choices.map(({ message }) => message.content)).toEqual(truths.map(({ text }) => text));
    expect(usage?.completion_tokens).toBe(truths.reduce((sum, { ids }) => sum + ids.length, 0));
    expect(usage?.prompt_tokens).toBe(truths[0]?.prompt);
  });

  it('ends before a stop string', async () => {
    await using server = await serving([model]);
    const truth = await alone({ messages: messages(question) });
    const stop = truth.text.slice(3, 5);
    const response = await post(server.url, { ...asked, stop: [stop], messages: messages(question) });
    const { choices } = (await response.json()) as OpenAI.ChatCompletion;
    expect(choices[0]).toMatchObject({
      finish_reason: 'stop',
      message: { content: truth.text.slice(0, truth.text.indexOf(stop)) },
    });
  });

  it('says what the model gave each token, as sums to one and in order', async () => {
    await using server = await serving([model]);
    const response = await post(server.url, {
      ...asked,
      max_tokens: 3,
      logprobs: true,
      top_logprobs: 20,
      messages: messages(question),
    });
    const { choices } = (await response.json()) as OpenAI.ChatCompletion;
    const tokens = choices[0]?.logprobs?.content ?? [];
    expect(tokens.map(({ bytes }) => Buffer.from(bytes ?? []).toString()).join('')).toBe(choices[0]?.message.content);
    for (const token of tokens) {
      const top = token.top_logprobs.map(({ logprob }) => logprob);
      // At temperature 0 the token is the likeliest one.
      expect(token.logprob).toBe(top[0]);
      expect(top).toEqual(top.toSorted((a, b) => b - a));
      const mass = top.reduce((sum, logprob) => sum + Math.exp(logprob), 0);
      expect(mass).toBeLessThanOrEqual(1 + 1e-6);
      expect(mass).toBeGreaterThan(0.5);
    }
  });

  it('verifies a predicted output: the same answer, in fewer passes where it is right', async () => {
    await using server = await serving([model]);
    const truth = await alone({ messages: messages(question) });
    const ask = async (content: string | undefined) => {
      const prediction = content === undefined ? {} : { prediction: { type: 'content', content } };
      const response = await post(server.url, { ...asked, ...prediction, messages: messages(question) });
      return (await response.json()) as OpenAI.ChatCompletion;
    };
    const detailsOf = ({ usage }: OpenAI.ChatCompletion) => usage?.completion_tokens_details;
    const right = await ask(truth.text);
    const wrong = await ask('something that this model would never write, in no case at all');
    const none = await ask(undefined);
    for (const answer of [right, wrong, none]) expect(answer.choices[0]?.message.content).toBe(truth.text);
    expect(detailsOf(right)).toMatchObject({ rejected_prediction_tokens: 0 });
    expect(detailsOf(right)?.accepted_prediction_tokens).toBeGreaterThan(truth.ids.length / 2);
    expect(detailsOf(wrong)?.accepted_prediction_tokens).toBe(0);
    expect(detailsOf(none)).toBeUndefined();
  });

  it('has times that add up', async () => {
    await using server = await serving([model]);
    const response = await post(server.url, { ...asked, messages: messages(question) });
    const { usage } = (await response.json()) as { usage: Record<string, number> };
    expect(usage.total_time).toBeCloseTo(usage.prompt_time! + usage.completion_time!, 6);
    const [entry] = server.entries;
    expect((usage.queue_time! + usage.total_time!) * 1000).toBeLessThanOrEqual(entry!.total_ms + 0.01);
  });
});

describe('tools', () => {
  const call = '<tool_call>\n{"name": "weather", "arguments": {"city": "Lima"}}\n</tool_call>';
  /** Says the call in three pieces, none of which is a whole tag. */
  const pieces = [call.slice(0, 7), call.slice(7, 40), call.slice(40)];
  const template = `{% if tools %}<tools>{{ tools | tojson }}</tools> answer in <tool_call></tool_call>{% endif %}${chatml}`;
  const caller = {
    ...endless,
    tokens: [...endless.tokens, ...pieces.map((piece) => [piece, 1] as const)],
    chains: [['\n', ...pieces, '<|im_end|>']],
    template,
  };
  const tool = {
    type: 'function' as const,
    function: {
      name: 'weather',
      description: 'of a city',
      parameters: { type: 'object', properties: { city: { type: 'string' } } },
    },
  };
  let opened: OpenedModel;
  beforeAll(async () => {
    opened = await openScripted(caller, folder, 'caller');
  });
  afterAll(() => opened?.[Symbol.asyncDispose]());

  it('are read out of what the model writes, whole and streamed', async () => {
    await using server = await serving([opened]);
    const client = new OpenAI({ baseURL: server.url, apiKey: 'any', maxRetries: 0 });
    const ask = { model: 'caller', messages: messages('rain?') as never, tools: [tool], temperature: 0, max_tokens: 9 };
    const whole = await client.chat.completions.create(ask);
    const wanted = { type: 'function', function: { name: 'weather', arguments: '{"city":"Lima"}' } };
    expect(whole.choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: { content: null, tool_calls: [wanted] },
    });
    const runner = client.chat.completions.stream({ ...ask, parallel_tool_calls: false });
    const last = await runner.finalMessage();
    expect(last.tool_calls).toMatchObject([wanted]);
    expect(last.content ?? '').toBe('');
    // What the tool gave goes back through the template.
    const id = whole.choices[0]?.message.tool_calls?.[0]?.id as string;
    const turns = [...messages('rain?'), whole.choices[0]?.message, { role: 'tool', tool_call_id: id, content: 'no' }];
    const after = await client.chat.completions.create({ ...ask, messages: turns as never });
    expect(after.choices[0]?.finish_reason).toBe('tool_calls');
  });

  it('stay text where they were not offered, and are refused by name where the template has none', async () => {
    await using server = await serving([opened, talker]);
    const client = new OpenAI({ baseURL: server.url, apiKey: 'any', maxRetries: 0 });
    const ask = { messages: messages('rain?') as never, temperature: 0, max_tokens: 9 };
    const plain = await client.chat.completions.create({ ...ask, model: 'caller' });
    expect(plain.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: call } });
    const other = { ...tool, function: { ...tool.function, name: 'news' } };
    const unknown = await client.chat.completions.create({ ...ask, model: 'caller', tools: [other] });
    expect(unknown.choices[0]?.message.content).toBe(call);
    await expect(client.chat.completions.create({ ...ask, model: 'talker', tools: [tool] })).rejects.toMatchObject({
      status: 400,
      param: 'tools',
    });
  });

  it('that an answer must call and does not are an error with what it wrote', async () => {
    await using server = await serving([opened]);
    const ask = { model: 'caller', messages: messages('rain?'), tools: [tool], temperature: 0, max_tokens: 9 };
    const response = await post(server.url, { ...ask, tool_choice: 'required' });
    // The answer was begun with half a call, which this model does not go on with.
    expect(response.status).toBe(400);
    const { error } = (await response.json()) as { error: { code: string; failed_generation: string } };
    expect(error.code).toBe('tool_use_failed');
    expect(error.failed_generation.startsWith('<tool_call>')).toBe(true);
  });
});

describe('two models', () => {
  it('are picked by name and listed', async () => {
    await using server = await serving([model, talker]);
    const client = new OpenAI({ baseURL: server.url, apiKey: 'any', maxRetries: 0 });
    const listed = await client.models.list();
    expect(listed.data.map(({ id }) => id)).toEqual(['tiny8', 'talker']);
    const ask = { messages: messages('hello') as never, temperature: 0, max_tokens: 4 };
    const said = await client.chat.completions.create({ ...ask, model: 'talker' });
    expect(said.choices[0]?.message.content).toBe('abab');
    expect((await client.models.retrieve('talker')).id).toBe('talker');
    await expect(client.models.retrieve('none')).rejects.toMatchObject({ status: 404 });
  });
});

describe('the end of the server', () => {
  it('finishes what runs, refuses what comes, and closes', async () => {
    await using server = await serving([talker]);
    const running = post(server.url, { model: 'talker', messages: messages('go on'), temperature: 0, max_tokens: 300 });
    const metrics = async () => (await fetch(server.url.replace('/v1', '/metrics'))).text();
    while (!/answers_running\{model="talker"\} 1/.test(await metrics()));
    const closing = server.close();
    const late = await post(server.url, { model: 'talker', messages: messages('me too') });
    expect(late.status).toBe(503);
    expect(((await late.json()) as { error: { code: string } }).error.code).toBe('shutting_down');
    const response = await running;
    const { choices } = (await response.json()) as OpenAI.ChatCompletion;
    expect(choices[0]?.message.content).toHaveLength(300);
    await closing;
    await expect(post(server.url, {})).rejects.toThrow();
  });

  it('does not wait for ever', async () => {
    await using server = await serving([talker]);
    const running = post(server.url, { model: 'talker', messages: messages('go on'), max_tokens: 1900 }).then(
      () => 'answered',
      () => 'cut off',
    );
    const metrics = async () => (await fetch(server.url.replace('/v1', '/metrics'))).text();
    while (!/answers_running\{model="talker"\} 1/.test(await metrics()));
    await server.close(AbortSignal.abort());
    expect(await running).toBe('cut off');
    expect(server.entries.map(({ outcome }) => outcome)).toEqual(['cancelled']);
  });
});
