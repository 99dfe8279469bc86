import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMeter, now } from '../core/index.ts';
import { createChatGenerate } from './chat.ts';
import { event, hear, type Script } from './scripted.ts';
import type { Transport } from './transport.ts';

const role = event({ role: 'assistant', content: '' }, { x_groq: { id: 'req_1', seed: 7 } });
const timed = {
  queue_time: 0.051,
  prompt_tokens: 20,
  prompt_time: 0.012,
  completion_tokens: 5,
  completion_time: 0.02,
  total_tokens: 25,
  total_time: 0.032,
  prompt_tokens_details: { cached_tokens: 16 },
  completion_tokens_details: { reasoning_tokens: 1 },
};
const done = 'data: [DONE]\n\n';
const finish = event({}, { x_groq: { id: 'req_1', usage: timed }, usage: timed }, 'stop');
const usageChunk = `data: ${JSON.stringify({ id: 'chatcmpl-1', choices: [], usage: timed })}\n\n`;
const hello = [
  role,
  event({ reasoning: 'The', channel: 'analysis' }),
  event({ content: 'Hel' }),
  event({ content: 'lo' }),
];
const groq: Script = { reads: [...hello, finish, usageChunk, done] };

describe('one attempt', () => {
  it('reads a Groq stream: channels, times, usage that comes three times but counts once', async () => {
    const heard = await hear(groq);
    expect([heard.text, heard.reasoning, heard.code]).toEqual(['Hello', 'The', undefined]);
    expect(heard.record).toMatchObject({
      attempt: 1,
      outcome: 'ok',
      ending: 'ok',
      id: 'chatcmpl-1',
      endpoint: 'http://test/v1',
      status: 200,
      usage: { prompt: 20, completion: 5, reasoning: 1, cached: 16, origin: 'server', method: 'usage' },
      server: { queue: 51, prompt: 12, completion: 20, total: 32 },
      events: { role: 1, reasoning: 1, content: 2, finish: 1, usage: 1, done: 1 },
      reads: 7,
    });
    expect(heard.parts.at(-1)).toMatchObject({ type: 'end', reason: 'stop' });
    const { sent, first, end } = heard.record;
    expect(sent <= first! && first! <= end).toBe(true);
  });

  it('gives one part per socket read, cut where the channel changes, with the stamp of the read', async () => {
    const heard = await hear({ reads: [hello.join(''), finish + done] });
    expect(
      heard.parts.map((part) => (part.type === 'text' ? [part.text, part.channel, part.events] : part.type)),
    ).toEqual([['The', 'reasoning', 1], ['Hello', 'answer', 2], 'end']);
    const [first, second] = heard.parts;
    expect(first!.at).toBe(second!.at);
    expect(heard.record.reads).toBe(2);
  });

  it('says the same of any stream, however its bytes are cut', async () => {
    const whole = Buffer.from(
      `\ufeff: hi\r\n\r\n${role}${event({ content: 'Grüße 😀 ' })}${event({ content: '' })}`.concat(
        `data:${JSON.stringify({ choices: [{ delta: { content: '𝛑' } }] })}\r\n\r\n${finish}${usageChunk}${done}data: late\n\n`,
      ),
    );
    const expected = await hear({ reads: [whole] });
    expect([expected.text, expected.record.ending]).toEqual(['Grüße 😀 𝛑', 'ok']);
    const strip = ({ sent, first, end, reads, ...rest }: typeof expected.record) => rest;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(whole.length), { maxLength: 12 }), async (at) => {
        const places = [0, ...at.sort((a, b) => a - b), whole.length];
        const heard = await hear({ reads: places.map((place, i) => whole.subarray(places[i - 1] ?? 0, place)) });
        expect(heard.text).toBe(expected.text);
        expect(strip(heard.record)).toEqual(strip(expected.record));
      }),
      { numRuns: 60 },
    );
    const singly = await hear({ reads: Array.from(whole, (_, i) => whole.subarray(i, i + 1)) });
    expect([singly.text, strip(singly.record)]).toEqual([expected.text, strip(expected.record)]);
  });

  const html = '<!doctype html><html><head><style>b{}</style></head><body>Sorry, you have been blocked</body></html>';
  const toolFailed = `event: error\ndata: {"error":{"message":"Tool choice is required","code":"tool_use_failed","status_code":400}}\n\n`;
  it.each<[string, Script, string, string | undefined, RegExp | undefined]>([
    ['a finish reason without [DONE]', { reads: [...hello, finish] }, 'ok_no_done', undefined, undefined],
    [
      'a break after the finish reason',
      { reads: [...hello, finish], ending: 'fail' },
      'ok_no_done',
      undefined,
      undefined,
    ],
    ['a clean end in the middle', { reads: hello }, 'truncated', 'E_STREAM', /without a finish reason/],
    ['[DONE] after text without a finish reason', { reads: [...hello, done] }, 'ok_no_finish', undefined, undefined],
    ['[DONE] alone', { reads: [role, done] }, 'truncated', 'E_STREAM', /without a finish reason/],
    ['an empty body', { reads: [] }, 'truncated', 'E_STREAM', /without a finish reason/],
    ['a reset', { reads: hello, ending: 'fail', message: 'read ECONNRESET' }, 'reset', 'E_STREAM', /ECONNRESET/],
    ['an error event', { reads: [...hello, toolFailed] }, 'stream_error', 'E_STREAM', /Tool choice is required/],
    [
      'an error and then [DONE]',
      { reads: [`data: {"error":{"message":"oom"}}\n\n${done}`] },
      'stream_error',
      'E_STREAM',
      /oom/,
    ],
    [
      'x_groq.error',
      { reads: [event({}, { x_groq: { error: 'over capacity' } })] },
      'stream_error',
      'E_STREAM',
      /over capacity/,
    ],
    [
      'an event that is no JSON',
      { reads: ['data: {oops\n\n'] },
      'stream_error',
      'E_STREAM',
      /not a JSON object: \{oops/,
    ],
    ['a cut event at the end', { reads: [...hello, 'data: {"choi'] }, 'truncated', 'E_STREAM', undefined],
    [
      'a page with status 200',
      { headers: { 'content-type': 'text/html' }, reads: [html] },
      'not_a_stream',
      'E_SERVER',
      /web page.*blocked/,
    ],
    [
      'a page with status 403',
      { status: 403, headers: { 'content-type': 'text/html' }, reads: [html] },
      'http_error',
      'E_REQUEST',
      /403: a web page.*blocked/,
    ],
    ['a redirect', { status: 307, reads: [] }, 'http_error', 'E_REQUEST', /307/],
    [
      'a broken gzip body',
      { headers: { 'content-encoding': 'gzip' }, reads: ['plain'] },
      'not_a_stream',
      'E_SERVER',
      undefined,
    ],
  ])('ends well after %s', async (_, script, ending, code, message) => {
    const heard = await hear(script);
    expect([heard.record.ending, heard.code]).toEqual([ending, code]);
    expect(heard.records).toHaveLength(1);
    if (message) expect((heard.error as Error).message).toMatch(message);
    expect(heard.record.error).toBe((heard.error as Error | undefined)?.message);
  });

  it('takes a whole JSON answer from a server that does not stream', async () => {
    const answer = {
      id: 'c',
      choices: [{ message: { role: 'assistant', content: 'Hello' }, finish_reason: 'length' }],
      usage: timed,
    };
    const body = JSON.stringify(answer);
    const heard = await hear({
      headers: { 'content-type': 'application/json' },
      reads: [body.slice(0, 9), body.slice(9)],
    });
    expect([heard.text, heard.record.ending, heard.record.usage?.completion]).toEqual(['Hello', 'ok_whole', 5]);
    expect(heard.record.first).toBeUndefined();
    expect(heard.parts.at(-1)).toMatchObject({ reason: 'length' });
  });

  it.each([
    ['length', 'length', undefined],
    ['content_filter', 'filter', 'content_filter'],
    ['eos', 'stop', 'eos'],
    ['tool_calls', 'stop', 'tool_calls'],
  ])('reports the finish reason %s as %s', async (wire, reason, kept) => {
    const heard = await hear({ reads: [event({ content: 'x' }), event({}, {}, wire), done] });
    expect(heard.parts.at(-1)).toMatchObject({ type: 'end', reason });
    expect(heard.record.finish).toBe(kept);
  });

  it('knows ids and log-probabilities of tokens', async () => {
    const top = {
      token: 'a',
      logprob: -0.1,
      top_logprobs: [
        { token: 'a', logprob: -0.1 },
        { token: 'token_id:9', logprob: -2 },
      ],
    };
    const chunk = { choices: [{ delta: { content: 'ab' }, token_ids: [5, 6], logprobs: { content: [top] } }] };
    const heard = await hear({ reads: [`data: ${JSON.stringify(chunk)}\n\n`, event({}, {}, 'stop'), done] });
    expect(heard.parts[0]).toMatchObject({
      ids: [5, 6],
      logprobs: [{ id: -1, text: 'a', logprob: -0.1, top: [{ id: -1 }, { id: 9, logprob: -2 }] }],
    });
  });
});

describe('token counts', () => {
  const answer = (chunk: object, usage?: object) => ({
    reads: [
      `data: ${JSON.stringify(chunk)}\n\n`,
      event({ content: 'c' }),
      event({}, usage ? { usage } : {}, 'stop'),
      done,
    ],
  });
  const role = { choices: [{ delta: { role: 'assistant', content: '' } }] };
  const plain = { choices: [{ delta: { content: 'ab' } }] };
  const ids = { choices: [{ delta: { content: 'ab' }, token_ids: [1, 2, 3] }] };
  const logprobs = {
    choices: [
      {
        delta: { content: 'ab' },
        logprobs: {
          content: [
            { token: 'a', logprob: 0 },
            { token: 'b', logprob: 0 },
          ],
        },
      },
    ],
  };

  it.each([
    ['the server says so', answer(ids, { completion_tokens: 9, prompt_tokens: 3 }), 'server', 'usage', 9],
    ['exact ids came', answer(ids), 'server', 'ids', 3],
    ['log-probabilities came', answer(logprobs), 'server', 'logprobs', 2],
    ['only text came', answer(plain), 'estimate', 'chunks', 2],
  ])('%s', async (_, script, origin, method, completion) => {
    expect((await hear(script)).record.usage).toMatchObject({ origin, method, completion });
  });

  it.each([
    ['ids', [ids], 'estimate', 3],
    ['text alone', [plain], 'estimate', 1],
    ['usage with every event', [{ ...plain, usage: { prompt_tokens: 3, completion_tokens: 3 } }], 'server', 3],
    [
      'usage before the newest text',
      [{ ...role, usage: { prompt_tokens: 3, completion_tokens: 0 } }, plain],
      'estimate',
      1,
    ],
  ] as const)(
    'a call that is left is counted by the server where that counted what was read: %s',
    async (_, chunks, origin, completion) => {
      const transport: Transport = {
        send(_request, receiver) {
          receiver.sent(now());
          receiver.head(200, { 'content-type': 'text/event-stream' }, now());
          for (const chunk of chunks) receiver.data(Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`), now());
          return { abort: () => undefined };
        },
        stats: () => ({ requests: 1, connections: 1 }),
        close: async () => undefined,
      };
      const meter = createMeter();
      const generate = createChatGenerate({ baseUrls: ['http://test/v1'], model: 'm', transport });
      const call = { messages: [{ role: 'user', content: 'hi' }], maxTokens: 16, temperature: 0, seed: 1 } as const;
      for await (const part of generate(call, { signal: new AbortController().signal, meter })) {
        expect(part).toMatchObject({ type: 'text', text: 'ab' });
        break;
      }
      expect(meter.counters.calls).toEqual([expect.objectContaining({ outcome: 'aborted' })]);
      expect(meter.counters.calls[0]?.usage).toMatchObject({ origin, completion });
    },
  );

  it('asks a tokenizer for the whole text, once, before it counts events', async () => {
    const asked: string[] = [];
    const countText = async (text: string) => asked.push(text) * 7;
    const heard = await hear(answer(plain), { countText });
    expect([heard.record.usage?.completion, heard.record.usage?.method, asked]).toEqual([7, 'tokenizer', ['abc']]);
    expect(heard.parts.at(-1)!.type).toBe('end');
  });

  it('counts what a broken answer had brought', async () => {
    const heard = await hear({ reads: hello, ending: 'fail' });
    expect(heard.record.usage).toMatchObject({ completion: 3, origin: 'estimate', method: 'chunks' });
    expect(heard.record.usage!.prompt).toBeGreaterThan(0);
  });

  it('charges nothing for a refused request', async () => {
    expect((await hear({ status: 429, reads: ['{}'] })).record.usage).toBeUndefined();
  });
});
