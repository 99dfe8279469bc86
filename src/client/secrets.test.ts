import { describe, expect, it } from 'vitest';
import { createMeter, type Generate } from '../core/index.ts';
import type { Recording } from './cassette.ts';
import { recordingTransport } from './cassette.ts';
import { createChatGenerate } from './chat.ts';
import { parseCassette, replayTransport } from './replay.ts';
import { event, hear, scriptedTransport } from './scripted.ts';
import { createMask, createScrub } from './secrets.ts';

const key = 'secret+key.0123456789';
const call = { messages: [{ role: 'user' as const, content: 'hi' }], maxTokens: 4, temperature: 0, seed: 1 };
const reads = [
  event({ role: 'assistant', content: '' }),
  event({ content: 'Hel' }),
  event({ content: 'lo 😀' }),
  event({}, {}, 'stop'),
  'data: [DONE]\n\n',
];

async function text(generate: Generate): Promise<string> {
  let all = '';
  for await (const part of generate(call, { signal: new AbortController().signal, meter: createMeter() }))
    if (part.type === 'text') all += part.text;
  return all;
}

describe('secrets', () => {
  it.each([
    ['the key itself', `bad ${key}!`, 'bad [key]!'],
    ['a half masked key', 'Incorrect API key provided: sk-ab***wxyz.', 'Incorrect API key provided: [key]'],
    ['a bearer value', 'authorization: Bearer abcdef123456', 'authorization: Bearer [key]'],
    ['an organisation', 'in organization `org_01abcdefgh` service', 'in organization `org_[id]` service'],
    ['a login in a URL', 'proxy http://me:pw@host:1/ failed', 'proxy http://[login]@host:1/ failed'],
  ])('%s gives way', (_, dirty, clean) => {
    expect(createScrub([key])(dirty)).toBe(clean);
  });

  it('in recorded bytes every length stays', () => {
    const mask = createMask([key], false);
    expect(mask(`a${key}b`)).toBe(`a${'x'.repeat(key.length)}b`);
    expect(mask('use sk-learn-models and org_something')).toBe('use sk-learn-models and org_something');
  });

  it('a server that echoes the key gets it into no error and no record', async () => {
    const body = `{"error":{"message":"Incorrect API key provided: ${key}","code":"invalid_api_key"}}`;
    const heard = await hear({ status: 401, reads: [body] }, { apiKey: key });
    expect(heard.code).toBe('E_API_KEY');
    expect(JSON.stringify([heard.record, String(heard.error), (heard.error as { help: string }).help])).not.toContain(
      key,
    );
  });
});

describe('a secret in how the server is reached', () => {
  const secret = 'hush+hush/0123456789=';
  const encoded = encodeURIComponent(secret);
  const ways: [string, { baseUrls?: string[]; apiKey?: string }][] = [
    ['the key', { apiKey: secret }],
    ['the query', { baseUrls: [`http://test/v1?subscription-key=${encoded}`] }],
    ['a query of any name', { baseUrls: [`http://test/v1?code=${encoded}&api-version=1`] }],
    ['the login', { baseUrls: [`http://me:${encoded}@test/v1`] }],
    ['a login without a password', { baseUrls: [`http://${encoded}@test/v1`] }],
  ];
  const spelt: [string, string][] = [
    ['as it is', secret],
    ['as in a URL', encoded],
    ['in other letters', secret.toUpperCase()],
    ['in quotes', JSON.stringify(secret)],
    ['as in a header', `Basic ${Buffer.from(`me:${secret}`).toString('base64')}`],
    ['as a bearer', `Bearer ${secret}`],
  ];
  const cases = ways.flatMap(([way, options]) => spelt.map(([how, text]) => [way, how, text, options] as const));
  it.each(cases)('%s, echoed %s: in no record and no error', async (_, __, text, options) => {
    const chunk = JSON.stringify({
      id: `req-${text}`,
      choices: [{ delta: { content: 'x' }, finish_reason: `by ${text}` }],
    });
    const page = `<html><p>The requested URL <code>/v1/chat?key=${text.replaceAll('"', '&quot;')}</code> was not found</html>`;
    const scripts = [
      { reads: [`data: ${chunk}\n\n`, 'data: [DONE]\n\n'] },
      { status: 404, headers: { 'content-type': 'text/html' }, reads: [page] },
      { status: 401, reads: [JSON.stringify({ error: { message: `no: ${text}`, code: text, type: text } })] },
      { reads: [`data: ${JSON.stringify({ error: { message: text } })}\n\n`] },
      { reads: [`data: {"broken: ${'.'.repeat(60)}${text}\n\n`] },
      { reads: [`data: ${text}\n\n`] },
      { reads: [], ending: 'fail' as const, message: `connect to ${text} failed` },
    ];
    for (const script of scripts) {
      const { record, error } = await hear(script, options);
      const all = JSON.stringify([
        record,
        (error as Error | undefined)?.message,
        (error as { help?: string } | undefined)?.help,
      ]);
      for (const part of [secret, encoded, '0123456789', Buffer.from(`me:${secret}`).toString('base64')])
        expect(all.toLowerCase()).not.toContain(part.toLowerCase());
    }
  });
});

describe('cassettes', () => {
  async function record(scripts: Parameters<typeof scriptedTransport>[0]): Promise<{ cassette: string; said: string }> {
    let cassette = '';
    const write = (line: string) => {
      cassette += line;
    };
    const transport = recordingTransport(scriptedTransport(scripts), { write, secrets: [key] });
    const generate = createChatGenerate({ baseUrls: ['http://test/v1'], model: 'm', apiKey: key, transport });
    const said = await text(generate).catch((error: Error) => error.message);
    return { cassette, said };
  }
  const play = (recordings: Recording[], model = 'm') =>
    text(createChatGenerate({ baseUrls: ['http://test/v1'], model, transport: replayTransport(recordings) }));

  it('replay the same text, in the same parts, byte for byte', async () => {
    const { cassette, said } = await record([{ reads }]);
    expect([said, await play(parseCassette(cassette).recordings)]).toEqual(['Hello 😀', 'Hello 😀']);
    expect(parseCassette(cassette).recordings[0]!.reads.map(([, bytes]) => bytes)).toEqual(reads);
  });

  it('hold no key and no personal header, even where a read cuts the key', async () => {
    const whole = `data: {"choices":[{"delta":{"content":"${key}"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n`;
    const middle = whole.indexOf(key) + 5;
    const headers = {
      'set-cookie': 'session=abc',
      'x-request-id': 'req_1',
      'openai-organization': 'me',
      'retry-after': '3',
    };
    const { cassette } = await record([{ headers, reads: [whole.slice(0, middle), whole.slice(middle)] }]);
    expect(cassette).not.toMatch(/session=abc|req_1|"me"|secret|0123456789/);
    expect(parseCassette(cassette).recordings[0]!.headers).toEqual({
      'content-type': 'text/event-stream',
      'retry-after': '3',
    });
    const joined = parseCassette(cassette)
      .recordings[0]!.reads.map(([, bytes]) => bytes)
      .join('');
    expect(joined).toHaveLength(whole.length);
  });

  it('replay a failure as the same failure', async () => {
    const { cassette, said } = await record([{ status: 429, reads: ['{"error":{"message":"slow down"}}'] }]);
    expect(said).toMatch(/429: slow down/);
    await expect(play(parseCassette(cassette).recordings)).rejects.toThrow(said);
  });

  it('say so when a call was never recorded, and when a line is damaged', async () => {
    const { cassette } = await record([{ reads }]);
    await expect(play(parseCassette(cassette).recordings, 'other')).rejects.toThrow(/holds no answer to this call/);
    expect(() => parseCassette(`${cassette}{"schema":`)).toThrow(/line 2 of the recording/);
  });
});
