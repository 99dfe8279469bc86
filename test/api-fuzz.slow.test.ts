/** Whatever a server sends: an answer, or one coded line. No crash, no hang, no raw stack. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openOpenAiBackend } from '../src/backends/openai.ts';
import { event, type Heard, hear } from '../src/client/scripted.ts';
import { errorCodes, TtcError } from '../src/core/index.ts';
import { type ForeignServer, plainAnswer, startForeign } from './support/foreign-server.ts';

const runs = { numRuns: 200 };
const done = 'data: [DONE]\n\n';
const secret = 'hushhush0123456789';

/** Characters that act on terminals, beside ordinary ones. */
const text = fc.string({
  unit: fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...'abc <>&|`"\'{}[]:=%-0129') },
    fc.constantFrom(
      '\u001b[31m',
      '\n',
      '\r',
      '\u0000',
      '\u009b',
      '\u202e',
      '😀',
      '\ud83d',
      secret,
      '<script>',
      '\u2028',
    ),
  ),
  maxLength: 40,
});
const odd = fc.constantFrom<unknown>(
  -1,
  0,
  1,
  3,
  7.5,
  1e300,
  -1e300,
  Number.MAX_SAFE_INTEGER,
  '12',
  '',
  null,
  true,
  [],
  {},
  [[]],
  'NaN',
);
const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    odd,
    text,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(
      fc.oneof(
        text,
        fc.constantFrom(
          ...[
            'id',
            'object',
            'data',
            'models',
            'error',
            'message',
            'code',
            'type',
            'detail',
            'status',
            'choices',
            'delta',
            'content',
            'usage',
            'name',
            'owned_by',
            '__proto__',
            'constructor',
            'length',
            'param',
            'loc',
          ],
        ),
      ),
      tie('value'),
      { maxKeys: 4 },
    ),
  ),
})).value;

function isPlain(line: string): void {
  expect(line).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e]/u);
  expect(line).not.toContain(secret);
  expect(line).not.toMatch(/\bat .*:\d+:\d+/);
  expect(line.length).toBeLessThan(700);
}

function allFinite(value: unknown): void {
  if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
  if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) allFinite(inner);
}

/** Either all is well, or one coded line; and the record can be kept. */
function check({ error, record }: Pick<Heard, 'error' | 'record'>): void {
  if (error !== undefined) {
    expect(error).toBeInstanceOf(TtcError);
    const { code, message, help } = error as TtcError;
    expect(Object.keys(errorCodes)).toContain(code);
    isPlain(message);
    isPlain(help ?? '');
  }
  allFinite(record);
  const { usage } = record;
  for (const count of [usage?.prompt, usage?.completion, usage?.reasoning, usage?.cached, usage?.streamed])
    if (count !== undefined) expect(Number.isInteger(count) && count >= 0).toBe(true);
  for (const word of [record.id, record.finish, record.error, record.endpoint]) if (word !== undefined) isPlain(word);
}

const options = { apiKey: secret, baseUrls: [`http://test/v1?code=${secret}`] };

describe('200 of each', () => {
  it('error bodies', async () => {
    const body = fc.oneof(
      json.map((value) => JSON.stringify(value)),
      json.map((value) => JSON.stringify({ error: value })),
      text,
      text.map((words) => `<html><title>x</title><p>${words}</html>`),
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
    );
    const status = fc.constantFrom(
      400,
      401,
      403,
      404,
      409,
      413,
      418,
      422,
      429,
      498,
      500,
      501,
      502,
      503,
      529,
      302,
      304,
      999,
    );
    const type = fc.constantFrom('application/json', 'text/html', 'text/event-stream', '', 'x');
    await fc.assert(
      fc.asyncProperty(status, type, body, async (code, contentType, bytes) => {
        const headers = { 'content-type': contentType };
        check(await hear({ status: code, headers, reads: [bytes] }, options));
        check(await hear({ status: 200, headers, reads: [bytes] }, options));
      }),
      runs,
    );
  });

  it('headers', async () => {
    const names = [
      ...[
        'retry-after',
        'retry-after-ms',
        'x-should-retry',
        'content-type',
        'content-encoding',
        'server',
        'openai-processing-ms',
        'x-queue-time',
      ],
      ...['requests', 'tokens', 'requests-day', 'tokens-minute'].flatMap((what) =>
        ['limit', 'remaining', 'reset'].map((kind) => `x-ratelimit-${kind}-${what}`),
      ),
      ...['x-ratelimit-reset', 'ratelimit-reset', 'ratelimit-remaining', 'x-rate-limit-reset-tokens'],
    ];
    const value = fc.oneof(
      text,
      fc.constantFrom(
        '-1',
        '0',
        '1e999',
        'NaN',
        '12s',
        '9'.repeat(400),
        '1h1h',
        '0x10',
        '2999-01-01T00:00:00Z',
        'gzip',
        'br',
        'application/json',
        '99999999999999',
      ),
      fc.float().map(String),
    );
    const headers = fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 6 });
    const answer = [event({ content: 'Hi' }), event({}, {}, 'stop'), done];
    await fc.assert(
      fc.asyncProperty(headers, async (some) => {
        const fine = await hear({ headers: some, reads: answer }, options);
        check(fine);
        for (const { limit, remaining } of [fine.record.limits?.requests ?? {}, fine.record.limits?.tokens ?? {}]) {
          if (limit !== undefined) expect(limit).toBeGreaterThan(0);
          if (remaining !== undefined) expect(remaining).toBeGreaterThanOrEqual(0);
        }
        const refused = await hear(
          { status: 429, headers: some, reads: ['{"error":{"message":"slow down"}}'] },
          options,
        );
        check(refused);
        const after = (refused.error as TtcError).retry?.after;
        if (after !== undefined) expect(after >= 0 && Number.isFinite(after)).toBe(true);
      }),
      runs,
    );
  });

  it('usages', async () => {
    const fields = [
      'prompt_tokens',
      'completion_tokens',
      'total_tokens',
      'input_tokens',
      'output_tokens',
      'reasoning_tokens',
      'prompt_cache_hit_tokens',
    ];
    const usage = fc.oneof(
      fc.dictionary(fc.constantFrom(...fields), fc.oneof(odd, fc.nat(300), fc.integer()), { maxKeys: 6 }),
      fc.record(
        {
          prompt_tokens: fc.oneof(odd, fc.nat(99)),
          completion_tokens: fc.oneof(odd, fc.nat(99)),
          total_tokens: fc.oneof(odd, fc.nat(199)),
          completion_tokens_details: fc.oneof(odd, fc.record({ reasoning_tokens: fc.oneof(odd, fc.nat(99)) })),
          prompt_tokens_details: fc.oneof(odd, fc.record({ cached_tokens: fc.oneof(odd, fc.nat(99)) })),
        },
        { requiredKeys: [] },
      ),
      json,
    );
    const content = fc.array(fc.oneof(text, fc.constant('')), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(usage, { maxLength: 3 }),
        content,
        fc.constantFrom('stop', 'length', null),
        async (usages, pieces, finish) => {
          const reads = [
            ...pieces.map((piece) => event({ content: piece })),
            event({}, {}, finish),
            ...usages.map((one) => `data: ${JSON.stringify({ choices: [], usage: one, x_groq: { usage: one } })}\n\n`),
            done,
          ];
          const heard = await hear({ reads }, options);
          check(heard);
          const said = pieces.join('');
          if (!heard.error && said !== '') expect(heard.record.usage!.completion).toBeGreaterThan(0);
        },
      ),
      runs,
    );
  });

  it('events', async () => {
    const part = fc.oneof(
      json.map((value) => `data: ${JSON.stringify(value)}\n\n`),
      json.map((value) => event({ content: value, reasoning: value })),
      json.map((value) => `data: ${JSON.stringify({ choices: value, id: value })}\n\n`),
      text.map((words) => `data: ${words}\n\n`),
      text.map((words) => `event: ${words}\ndata: ${words}\n`),
      fc.constantFrom(done, ': x\n\n', 'data:\n\n', event({ content: 'Hi' }), event({}, {}, 'stop'), '\n', 'data'),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 8 }), async (reads) => {
        const heard = await hear({ reads }, options);
        check(heard);
        for (const one of heard.parts) if (one.type === 'text') expect(one.events).toBeGreaterThan(0);
        expect(heard.parts.filter(({ type }) => type === 'end')).toHaveLength(heard.error === undefined ? 1 : 0);
      }),
      runs,
    );
  });
});

describe('200 lists of models', () => {
  let server: ForeignServer;
  let list = '';
  let status = 200;
  beforeAll(async () => {
    server = await startForeign({
      chat: plainAnswer,
      models(_, response) {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(list);
      },
    });
  });
  afterAll(() => server.close());

  it('never end a start whose model is named, and give one line where none is', async () => {
    const entry = fc.oneof(
      json,
      fc.record({ id: fc.oneof(text, odd), owned_by: fc.oneof(fc.constantFrom('vllm', 'llamacpp'), odd) }),
    );
    const body = fc.oneof(
      json.map((value) => JSON.stringify(value)),
      fc.array(entry, { maxLength: 4 }).map((data) => JSON.stringify({ object: 'list', data })),
      fc.array(entry, { maxLength: 4 }).map((data) => JSON.stringify(data)),
      text,
    );
    const base = { baseUrls: [server.url], apiKeyEnv: null, environment: { OPENAI_API_KEY: secret } };
    await fc.assert(
      fc.asyncProperty(body, fc.constantFrom(200, 200, 200, 201, 400, 403, 404, 500), async (bytes, code) => {
        list = bytes;
        status = code;
        const backend = await openOpenAiBackend({ ...base, model: 'm' });
        for (const note of ((await backend.facts!()) as { notes?: string[] }).notes ?? []) isPlain(note);
        await backend[Symbol.asyncDispose]();
        const found = await openOpenAiBackend({ ...base, model: null }).catch((error: unknown) => error);
        if (found instanceof Error) {
          expect(found).toBeInstanceOf(TtcError);
          isPlain(found.message);
          isPlain((found as TtcError).help ?? '');
        } else await (found as typeof backend)[Symbol.asyncDispose]();
      }),
      runs,
    );
  }, 120_000);
});
