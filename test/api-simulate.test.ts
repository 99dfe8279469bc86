/** The simulator and the official client: what applications send beside plain text. */
import fc from 'fast-check';
import OpenAI from 'openai';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type SimulateOptions, type Simulator, startSimulator } from '../src/gateway/index.ts';
import { sayJson } from '../src/gateway/json-answer.ts';

const servers: Simulator[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});
async function start(options: SimulateOptions = {}) {
  const server = await startSimulator(options);
  servers.push(server);
  return { server, openai: new OpenAI({ baseURL: server.url, apiKey: 'any', maxRetries: 0 }) };
}
const model = 'openai/gpt-oss-20b';
const user = (content: string) => ({ role: 'user' as const, content });
type Create = OpenAI.ChatCompletionCreateParamsNonStreaming;
const failure = (asking: Promise<unknown>) =>
  asking.then(
    () => Promise.reject(new Error('it was expected to be refused')),
    (error: InstanceType<typeof OpenAI.APIError>) => error,
  );

describe('messages', () => {
  const texts: [string, OpenAI.ChatCompletionMessageParam[]][] = [
    ['a string', [user('Tell me more.')]],
    [
      'a list of parts',
      [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Tell me ' },
            { type: 'text', text: 'more.' },
          ],
        },
      ],
    ],
    ['one part', [{ role: 'user', content: [{ type: 'text', text: 'Tell me more.' }] }]],
  ];
  it('mean the same as a string and as a list of parts', async () => {
    const { openai } = await start();
    const said = await Promise.all(
      texts.map(
        async ([, messages]) => (await openai.chat.completions.create({ model, messages })).choices[0]!.message.content,
      ),
    );
    expect(said[0]).toMatch(/\w/);
    expect(new Set(said).size).toBe(1);
  });

  it('of an assistant may have null or no content', async () => {
    const { openai } = await start();
    for (const content of [null, undefined]) {
      const messages = [user('Tell me.'), { role: 'assistant' as const, content }, user('And now?')];
      expect((await openai.chat.completions.create({ model, messages })).choices[0]!.message.content).toMatch(/\w/);
    }
  });

  it.each<[string, unknown]>([
    ['an image', [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:x' } }] }]],
    ['no content of a user', [{ role: 'user', content: null }]],
    ['a number', [{ role: 'user', content: 7 }]],
    ['no role', [{ content: 'x' }]],
    ['none', []],
  ])('%s: refused with the place', async (_, messages) => {
    const { openai } = await start();
    const error = await failure(openai.chat.completions.create({ model, messages } as Create));
    expect([error.status, error.type, typeof error.param]).toEqual([400, 'invalid_request_error', 'string']);
  });
});

describe('usage of a stream', () => {
  async function events(options: SimulateOptions, include: boolean) {
    const { openai } = await start(options);
    const stream = await openai.chat.completions.create({
      ...{ model, messages: [user('Tell me.')], stream: true as const },
      ...(include && { stream_options: { include_usage: true } }),
    });
    const found: object[] = [];
    const all: OpenAI.ChatCompletionChunk[] = [];
    for await (const event of stream) {
      all.push(event);
      const groq = (event as { x_groq?: { usage?: object } }).x_groq?.usage;
      for (const usage of [event.usage, groq]) if (usage) found.push(usage);
    }
    return { found, all };
  }

  it.each([
    ['groq', true, 1],
    ['groq', false, 1],
    ['openai', true, 1],
    ['openai', false, 0],
  ] as const)('of %s with include_usage %s: %i times', async (flavour, include, times) => {
    const { found, all } = await events({ flavour }, include);
    expect(found).toHaveLength(times);
    if (include) expect(all.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: expect.any(Number) } });
  });

  it('of OpenAI is null in every other event where it is asked for', async () => {
    const { all } = await events({ flavour: 'openai' }, true);
    for (const event of all.slice(0, -1)) expect(event.usage).toBeNull();
    expect((await events({ flavour: 'openai' }, false)).all.every((event) => !('usage' in event))).toBe(true);
  });
});

describe('--flavour openai', () => {
  const ask = { model, messages: [user('Tell me.')], max_completion_tokens: 9 };

  it('gives several answers, whole and as a stream, that differ only where they are drawn', async () => {
    const { openai } = await start({ flavour: 'openai', tpot: 1 });
    for (const temperature of [0, 1]) {
      const whole = await openai.chat.completions.create({ ...ask, n: 3, temperature });
      const stream = await openai.chat.completions.create({
        ...{ ...ask, n: 3, temperature, stream: true as const },
        stream_options: { include_usage: true },
      });
      const said = ['', '', ''];
      const ends: (string | null)[] = [null, null, null];
      let usage: OpenAI.CompletionUsage | null | undefined;
      for await (const event of stream) {
        for (const { index, delta, finish_reason } of event.choices) {
          said[index] += delta.content ?? '';
          ends[index] = finish_reason ?? ends[index]!;
        }
        usage = event.usage ?? usage;
      }
      expect(whole.choices.map(({ index, message }) => [index, message.content])).toEqual(
        said.map((text, i) => [i, text]),
      );
      expect(new Set(said).size).toBe(temperature === 0 ? 1 : 3);
      expect(ends).toEqual(['length', 'length', 'length']);
      expect([usage!.completion_tokens, whole.usage!.completion_tokens]).toEqual([27, 27]);
    }
  });

  it('gives log-probabilities, whole and as a stream', async () => {
    const { openai } = await start({ flavour: 'openai' });
    const whole = await openai.chat.completions.create({ ...ask, logprobs: true, top_logprobs: 3 });
    const { content } = whole.choices[0]!.logprobs!;
    expect(content!.map(({ token }) => token).join('')).toBe(whole.choices[0]!.message.content);
    for (const { token, logprob, top_logprobs } of content!) {
      expect([top_logprobs.length, top_logprobs[0]]).toMatchObject([3, { token, logprob }]);
      expect(top_logprobs.reduce((sum, entry) => sum + Math.exp(entry.logprob), 0)).toBeLessThanOrEqual(1);
    }
    const tokens: string[] = [];
    const stream = await openai.chat.completions.create({ ...ask, logprobs: true, stream: true });
    for await (const event of stream)
      tokens.push(...(event.choices[0]?.logprobs?.content ?? []).map(({ token }) => token));
    expect(tokens.join('')).toBe(whole.choices[0]!.message.content);
  });

  it.each<[string, object, string]>([
    ['n of 0', { n: 0 }, 'n'],
    ['n of 1000', { n: 1000 }, 'n'],
    ['top_logprobs alone', { top_logprobs: 2 }, 'top_logprobs'],
    ['too many of them', { logprobs: true, top_logprobs: 21 }, 'top_logprobs'],
    ['a choice among no tools', { tool_choice: 'auto' }, 'tool_choice'],
  ])('refuses %s', async (_, more, param) => {
    const { openai } = await start({ flavour: 'openai' });
    expect(await failure(openai.chat.completions.create({ ...ask, ...more } as Create))).toMatchObject({
      status: 400,
      param,
    });
  });

  it('Groq refuses a choice among no tools, but not none and auto', async () => {
    const { openai } = await start();
    const choose = (tool_choice: unknown) => openai.chat.completions.create({ ...ask, tool_choice } as Create);
    expect(await failure(choose('required'))).toMatchObject({ status: 400, param: 'tool_choice' });
    for (const choice of ['none', 'auto', null]) expect((await choose(choice)).choices).toHaveLength(1);
  });
});

describe('answers in JSON', () => {
  const ask = { model, messages: [user('Answer in JSON: who?')] };
  const order = z.object({
    id: z.string(),
    lines: z.array(z.object({ item: z.string(), count: z.int().min(1).max(9) })).min(2),
    state: z.enum(['open', 'closed']),
    note: z.string().nullable(),
  });
  const schemaOf = (type: z.ZodType) => z.toJSONSchema(type) as Record<string, unknown>;

  it.each(['groq', 'openai'] as const)('of %s are an object for json_object, and fit a schema', async (flavour) => {
    const { openai } = await start({ flavour });
    const plain = await openai.chat.completions.create({ ...ask, response_format: { type: 'json_object' } });
    expect(JSON.parse(plain.choices[0]!.message.content!)).toBeTypeOf('object');
    const response_format = {
      type: 'json_schema' as const,
      json_schema: { name: 'order', strict: true, schema: schemaOf(order) },
    };
    const parsed = await openai.chat.completions.parse({ ...ask, response_format });
    order.parse(JSON.parse(parsed.choices[0]!.message.content!));
    let streamed = '';
    const stream = await openai.chat.completions.create({ ...ask, response_format, stream: true });
    for await (const event of stream) streamed += event.choices[0]?.delta.content ?? '';
    expect(streamed).toBe(parsed.choices[0]!.message.content);
    expect(
      (await openai.chat.completions.create({ ...ask, response_format: { type: 'text' } })).choices[0]!.message.content,
    ).not.toMatch(/^\{/);
  });

  it.each<[string, unknown, RegExp]>([
    ['json_object where nobody speaks of it', { type: 'json_object' }, /must contain the word 'json'/],
    ['an unknown type', { type: 'yaml' }, /Supported values are: 'json_object', 'json_schema', and 'text'/],
    ['no schema', { type: 'json_schema' }, /Missing required parameter/],
    ['a word', 'json', /property 'type' is missing/],
  ])('%s: refused in the words of the provider', async (_, response_format, words) => {
    const { openai } = await start();
    const error = await failure(
      openai.chat.completions.create({ model, messages: [user('Who?')], response_format } as Create),
    );
    expect(error.status).toBe(400);
    expect(error.message).toMatch(words);
  });

  const leaf = fc.constantFrom<z.ZodType>(
    ...[
      z.string(),
      z.string().min(30),
      z.string().max(2),
      z.int(),
      z.number().min(2).max(3),
      z.int().min(5),
      z.int().max(-5),
    ],
    ...[
      z.boolean(),
      z.null(),
      z.literal('x'),
      z.enum(['a', 'b']),
      z.iso.date(),
      z.email(),
      z.string().nullable(),
      z.number().gt(1).lt(2),
    ],
  );
  const { type } = fc.letrec<{ type: z.ZodType }>((tie) => ({
    type: fc.oneof(
      { depthSize: 'small' },
      leaf,
      tie('type').map((inner) => z.array(inner)),
      tie('type').map((inner) => z.array(inner).min(2).max(4)),
      fc
        .dictionary(fc.constantFrom('a', 'b', 'c d', 'é', '__x'), tie('type'), { maxKeys: 4 })
        .map((fields) => z.object(fields)),
      fc.tuple(tie('type'), tie('type')).map(([one, other]) => z.union([one, other])),
      fc.tuple(tie('type'), tie('type')).map(([one, other]) => z.tuple([one, other])),
    ),
  }));

  it('fit whatever schema is asked for', () => {
    fc.assert(
      fc.property(type, fc.nat(), (wanted, seed) => {
        const said = sayJson(seed, schemaOf(wanted)).join('');
        expect(wanted.safeParse(JSON.parse(said)).error).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  it('come to an end for a schema that holds itself, and for any damaged one', () => {
    const many = Object.fromEntries(Array.from('abcdefgh', (name) => [name, { $ref: '#' }]));
    const node = {
      type: 'object',
      properties: { next: { $ref: '#' }, list: { type: 'array', items: { $ref: '#' } } },
      required: ['next'],
    };
    for (const schema of [
      node,
      { type: 'object', properties: many, required: Object.keys(many) },
      { $ref: '#/$defs/none' },
      { anyOf: [] },
      { type: 'array', minItems: 3 },
      {},
      { allOf: [{ $ref: '#' }] },
    ])
      expect(() => JSON.parse(sayJson(1, schema).join(''))).not.toThrow();
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom('type', 'items', 'properties', 'enum', 'anyOf', 'minimum', '$ref', 'minItems'),
          fc.jsonValue(),
          { maxKeys: 4 },
        ),
        (schema) => {
          expect(() => JSON.parse(sayJson(1, schema as Record<string, unknown>).join(''))).not.toThrow();
        },
      ),
      { numRuns: 300 },
    );
  });
});
