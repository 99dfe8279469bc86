import { describe, expect, it } from 'vitest';
import { event, hear, type Script } from './scripted.ts';

const hello = [event({ role: 'assistant', content: '' }), event({ content: 'Hel' }), event({ content: 'lo' })];
const finish = event({}, {}, 'stop');
const done = 'data: [DONE]\n\n';
const whole = {
  id: 'w',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
};
const json = JSON.stringify(whole);

describe('events that say nothing', () => {
  it.each([
    ['no data', 'data:\n\n'],
    ['a blank', 'data: \n\n'],
    ['a named ping without data', 'event: ping\ndata: \n\n'],
    ['the word ping', 'data: ping\n\n'],
    ['another word', 'data: keep-alive\n\n'],
    ['null', 'data: null\n\n'],
    ['an empty object', 'data: {}\n\n'],
    ['a ping in JSON', 'event: ping\ndata: {"type":"ping"}\n\n'],
    ['a string', 'data: "still here"\n\n'],
    ['a list', 'data: []\n\n'],
    ['a number', 'data: 1\n\n'],
  ])('%s: counted and passed over', async (_, beat) => {
    const heard = await hear({ reads: [beat, ...hello.flatMap((read) => [read, beat]), finish, beat, done] });
    expect([heard.text, heard.code, heard.record.ending]).toEqual(['Hello', undefined, 'ok']);
    expect(heard.record.events).toMatchObject({ content: 2, heartbeat: 5 });
  });

  it('words where events were promised stand in the error of a stream that never ends well', async () => {
    const heard = await hear({ reads: [hello[1]!, 'data: upstream request timeout\n\n'] });
    expect(heard.record.ending).toBe('truncated');
    expect((heard.error as Error).message).toMatch(/it said: upstream request timeout/);
  });

  it('half an object is still a damaged event', async () => {
    expect((await hear({ reads: [...hello, 'data: {"choices":[{"del\n\n', finish, done] })).record.ending).toBe(
      'stream_error',
    );
  });
});

describe('the end of a stream', () => {
  const unfinished = (finish_reason: unknown) =>
    event({ content: 'lo' }).replace('"finish_reason":null', `"finish_reason":${JSON.stringify(finish_reason)}`);
  it.each<[string, string[], string]>([
    ['[DONE] without a reason', [...hello, done], 'ok_no_finish'],
    ['an empty reason throughout', [hello[1]!, unfinished(''), done], 'ok_no_finish'],
    ['the word "null" for none', [hello[1]!, unfinished('null'), done], 'ok_no_finish'],
    ['"None" for none', [hello[1]!, unfinished('None'), done], 'ok_no_finish'],
    ['[DONE] in quotes', [...hello, finish, 'data: "[DONE]"\n\n'], 'ok'],
    ['[done]', [...hello, finish, 'data: [done]\n\n'], 'ok'],
    [
      'a reason in every event',
      [event({ content: 'Hel' }, {}, 'stop'), event({ content: 'lo' }, {}, 'stop'), done],
      'ok',
    ],
  ])('%s', async (_, reads, ending) => {
    const heard = await hear({ reads });
    expect([heard.text, heard.record.ending, heard.parts.at(-1)]).toMatchObject([
      'Hello',
      ending,
      { type: 'end', reason: 'stop' },
    ]);
  });

  it.each<[string, Script]>([
    ['the word "null" and a cut', { reads: [hello[1]!, unfinished('null')] }],
    [
      'a reason in every event and a break',
      { reads: [event({ content: 'Hel' }, {}, 'stop'), event({ content: 'l' }, {}, 'stop')], ending: 'fail' },
    ],
    ['nothing at all but [DONE]', { reads: [done] }],
  ])('is not seen in %s', async (_, script) => {
    expect((await hear(script)).code).toBe('E_STREAM');
  });

  it.each(['length', 'max_tokens', 'MAX_TOKENS', 'model_length'])('by the limit: %s', async (word) => {
    expect((await hear({ reads: [hello[1]!, event({}, {}, word), done] })).parts.at(-1)).toMatchObject({
      reason: 'length',
    });
  });
});

describe('an answer in one piece although a stream was asked for', () => {
  it.each<[string, Script]>([
    [
      'JSON',
      { headers: { 'content-type': 'application/json; charset=utf-8' }, reads: [json.slice(0, 20), json.slice(20)] },
    ],
    ['JSON that calls itself a stream', { reads: [json] }],
    ['one event with a message', { reads: [`data: ${json}\n\n`, done] }],
    ['one event with a message, and no more', { reads: [`data: ${json}\n\n`] }],
  ])('%s: has no first token, and says so', async (_, script) => {
    const heard = await hear(script);
    expect([heard.text, heard.code, heard.record.ending]).toEqual(['Hello', undefined, 'ok_whole']);
    expect(heard.record.first).toBeUndefined();
  });

  it('a message after the pieces says nothing twice', async () => {
    const heard = await hear({ reads: [...hello, `data: ${json}\n\n`, done] });
    expect([heard.text, heard.record.ending]).toEqual(['Hello', 'ok']);
    expect(heard.record.first).toBeDefined();
  });
});

describe('content types and statuses', () => {
  const stream = [...hello, finish, done];
  const lines = stream
    .map((read) => read.replace(/^data: /, '').replace('\n\n', '\n'))
    .filter((line) => !line.startsWith('['));
  it.each<[string, Script]>([
    ['a stream called JSON', { headers: { 'content-type': 'application/json' }, reads: stream }],
    ['a stream called a page', { headers: { 'content-type': 'text/html' }, reads: stream }],
    ['in capitals', { headers: { 'content-type': 'TEXT/EVENT-STREAM; Charset=UTF-8' }, reads: stream }],
    ['plain text', { headers: { 'content-type': 'text/plain' }, reads: stream }],
    ['bytes', { headers: { 'content-type': 'application/octet-stream' }, reads: [': hi\n\n', ...stream] }],
    ['none', { headers: { 'content-type': '' }, reads: stream }],
    ['JSON lines', { headers: { 'content-type': 'application/x-ndjson' }, reads: lines }],
    [
      'JSON lines, cut',
      {
        headers: { 'content-type': 'application/jsonl' },
        reads: [lines.join('').slice(0, 30), lines.join('').slice(30)],
      },
    ],
    ['status 201', { status: 201, reads: stream }],
    ['status 206', { status: 206, reads: stream }],
    ['status 203 with JSON', { status: 203, headers: { 'content-type': 'application/json' }, reads: [json] }],
  ])('%s', async (_, script) => {
    const heard = await hear(script);
    expect([heard.text, heard.code]).toEqual(['Hello', undefined]);
  });

  it.each<[string, Script, RegExp]>([
    [
      'words that call themselves a stream',
      { reads: ['upstream connect error or disconnect'] },
      /upstream connect error/,
    ],
    ['words', { headers: { 'content-type': 'text/plain' }, reads: ['no healthy upstream'] }, /no healthy upstream/],
    ['an empty 204', { status: 204, reads: [] }, /without a finish reason/],
    [
      'a page that calls itself a stream',
      { reads: ['<!doctype html><p>Welcome to the network</p>'] },
      /web page.*Welcome/,
    ],
  ])('%s: no answer', async (_, script, words) => {
    const heard = await hear(script);
    expect(heard.code).toMatch(/^E_S/);
    expect((heard.error as Error).message).toMatch(words);
  });
});

describe('errors within a stream', () => {
  it.each([
    ['named error', '{"object":"error","message":"out of memory","code":500}'],
    ['typed error', '{"type":"error","error":{"type":"overloaded_error","message":"out of memory"}}'],
    ['a detail', '{"detail":"out of memory"}'],
    ['a list', '{"errors":[{"message":"out of memory"}]}'],
    ['a code and words', '{"code":500,"message":"out of memory"}'],
    ['an error in an error', '{"error":{"error":{"message":"out of memory"}}}'],
    [
      'an error of the choice',
      '{"choices":[{"error":{"code":502,"message":"out of memory"},"finish_reason":"error","delta":{}}]}',
    ],
    ['a list of errors', '{"error":[{"message":"out of memory"}]}'],
    ['a base response', '{"base_resp":{"status_code":1002,"status_msg":"out of memory"}}'],
  ])('%s', async (_, data) => {
    const heard = await hear({ reads: [hello[1]!, `data: ${data}\n\n`, done] });
    expect(heard.record.ending).toBe('stream_error');
    expect((heard.error as Error).message).toMatch(/within the stream: out of memory$/);
  });

  it('words in an error event', async () => {
    const heard = await hear({ reads: ['event: error\ndata: Internal Server Error\n\n'] });
    expect((heard.error as Error).message).toMatch(/Internal Server Error/);
  });

  it.each(['null', '""', '{}', '[]', 'false', '0', '{"code":0,"message":""}'])(
    'an error that says nothing is none: %s',
    async (error) => {
      const reads = [...hello, finish].map((read) => read.replace('"choices"', `"error":${error},"choices"`));
      expect((await hear({ reads: [...reads, done] })).record.ending).toBe('ok');
    },
  );
});

describe('server words in errors', () => {
  it.each([
    [
      'lines and colours',
      'bad\n\nLiteLLM: failed\n\u001b[31mred\u001b[0m | a',
      /bad LiteLLM: failed \\u001b\[31mred\\u001b\[0m \| a$/,
    ],
    ['a title of the terminal', 'x\u001b]0;owned\u0007y', /x\\u001b\]0;owned\\u0007y$/],
    ['a return', 'harmless\rE_OTHER: erased', /harmless E_OTHER: erased$/],
  ])('%s: one plain line', async (_, message, words) => {
    const refused = await hear({ status: 400, reads: [JSON.stringify({ error: { message, code: 'x' } })] });
    const broken = await hear({ reads: [`data: ${JSON.stringify({ error: { message } })}\n\n`] });
    for (const { error, record } of [refused, broken]) {
      expect((error as Error).message).toMatch(words);
      expect(record.error).toBe((error as Error).message);
    }
  });

  it.each([
    [
      'a list of what is wrong',
      '{"detail":[{"loc":["body","seed"],"msg":"Extra inputs are not permitted"}]}',
      /Extra inputs are not permitted/,
    ],
    ['a message in a message', '{"error":{"message":{"detail":"no such route"}}}', /no such route/],
    ['a bare string', '"no such route"', /no such route/],
    ['a list', '[{"error":{"message":"no such route"}}]', /no such route/],
  ])('%s', async (_, body, words) => {
    expect(((await hear({ status: 400, reads: [body] })).error as Error).message).toMatch(words);
  });

  it('ids and reasons of the end', async () => {
    const id = 'a\u001b[2Jb\nc';
    const reads = [
      `data: ${JSON.stringify({ id, choices: [{ delta: { content: 'x' }, finish_reason: 'so\u001b[1mso' }] })}\n\n`,
      done,
    ];
    const { record } = await hear({ reads });
    expect([record.id, record.finish]).toEqual(['a\\u001b[2Jb c', 'so\\u001b[1mso']);
  });
});
