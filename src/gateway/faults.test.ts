/** Every fault of the list, over a real socket, against the real client: right status within its timeout, nothing hangs. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createChatGenerate, createHttpTransport, type Transport } from '../client/index.ts';
import { type Call, type CallRecord, codeOf, createMeter, type ErrorCode } from '../core/index.ts';
import { type FaultName, faults, parseFault } from './faults.ts';
import { type Simulator, startSimulator } from './simulate.ts';

const call: Call = { messages: [{ role: 'user', content: 'Tell me.' }], maxTokens: 8, temperature: 0, seed: 1 };
const long = { connect: 10_000, firstToken: 10_000, gap: 10_000, total: 20_000 };
/** Only where the timeout is what is tested: a busy machine must not decide. */
const short: Partial<Record<FaultName, object>> = {
  stall: { gap: 100 },
  'stall-comments': { gap: 100 },
  'no-first-token': { firstToken: 100 },
  hang: { firstToken: 100 },
};

let simulator: Simulator;
let transport: Transport;
let whole: string;

async function ask(timeouts: object = {}) {
  const generate = createChatGenerate({
    baseUrls: [simulator.url],
    model: 'openai/gpt-oss-20b',
    apiKey: 'any-key',
    transport,
    timeouts: { ...long, ...timeouts },
  });
  const meter = createMeter();
  let text = '';
  let code: ErrorCode | undefined;
  let retry: unknown;
  try {
    for await (const part of generate(call, { signal: new AbortController().signal, meter }))
      if (part.type === 'text') text += part.text;
  } catch (error) {
    code = codeOf(error);
    retry = (error as { retry?: unknown }).retry;
  }
  expect(meter.counters.calls).toHaveLength(1);
  return { text, code, retry, record: meter.counters.calls[0] as CallRecord };
}

beforeAll(async () => {
  simulator = await startSimulator({ seed: 3, tpm: 1_000_000, rpd: 1000 });
  transport = createHttpTransport();
  whole = (await ask()).text;
});
afterAll(async () => {
  await transport.close();
  await simulator.close();
});

type Expected = {
  ending: string;
  code?: ErrorCode;
  /** The text is that of an undisturbed answer; else a start of it. */
  text?: 'whole' | 'start' | 'none';
  retry?: boolean;
  also?(record: CallRecord, text: string): void;
};

const fine = (also?: Expected['also']): Expected => ({ ending: 'ok', text: 'whole', ...(also ? { also } : {}) });
const broken = (ending: string, code: ErrorCode, text: Expected['text'], retry = false): Expected => ({
  ending,
  code,
  text,
  retry,
});
const counted = (completion: number, method: string) =>
  fine((record) => expect(record.usage).toMatchObject({ completion, method }));

const expected: Record<FaultName, Expected> = {
  'no-role': fine((record) => expect(record.events?.role).toBeUndefined()),
  'role-early': fine(),
  'many-tokens': fine((record) => expect(record.events?.content).toBe(2)),
  'empty-content': fine((record) => expect(record.events).toMatchObject({ content: 8, empty: 1 })),
  'usage-finish': counted(8, 'usage'),
  'usage-extra': counted(8, 'usage'),
  'usage-both': counted(8, 'usage'),
  'usage-none': counted(8, 'chunks'),
  'usage-null': counted(8, 'chunks'),
  'keep-alive': fine((record) => expect(record.events?.comment).toBe(12)),
  crlf: fine(),
  'split-bytes': fine(),
  coalesced: fine((record) => expect(record.reads).toBeLessThanOrEqual(2)),
  'no-space': fine(),
  'multi-line': fine(),
  bom: fine(),
  'huge-line': fine(),
  'invalid-utf8': { ending: 'ok', also: (_, text) => expect(text).toContain('\ufffd\ufffd') },
  'not-json': broken('stream_error', 'E_STREAM', 'start'),
  'error-event': broken('stream_error', 'E_STREAM', 'start'),
  'error-data': broken('stream_error', 'E_STREAM', 'start'),
  reset: broken('reset', 'E_STREAM', 'start'),
  fin: broken('reset', 'E_STREAM', 'start'),
  truncated: broken('truncated', 'E_STREAM', 'start'),
  'no-done': { ending: 'ok_no_done', text: 'whole' },
  stall: broken('stalled', 'E_CALL_TIMEOUT', 'start'),
  'stall-comments': broken('stalled', 'E_CALL_TIMEOUT', 'start'),
  'no-first-token': broken('first_token_timeout', 'E_CALL_TIMEOUT', 'none'),
  hang: broken('first_token_timeout', 'E_CALL_TIMEOUT', 'none'),
  'reset-early': broken('reset', 'E_STREAM', 'none', true),
  'html-403': broken('http_error', 'E_REQUEST', 'none'),
  'html-502': broken('http_error', 'E_SERVER', 'none', true),
  'html-200': broken('not_a_stream', 'E_SERVER', 'none'),
  'rate-limit': broken('http_error', 'E_RATE_LIMIT', 'none', true),
  'rate-limit-bare': broken('http_error', 'E_RATE_LIMIT', 'none', true),
  'rate-limit-long': broken('http_error', 'E_RATE_LIMIT', 'none', true),
  'daily-limit': broken('http_error', 'E_RATE_LIMIT', 'none'),
  'too-large': broken('http_error', 'E_REQUEST', 'none'),
  flex: broken('http_error', 'E_SERVER', 'none', true),
  overload: broken('http_error', 'E_SERVER', 'none', true),
  'bad-key': broken('http_error', 'E_API_KEY', 'none'),
  gzip: fine(),
  br: fine(),
  duplicate: {
    ending: 'ok',
    also: (record, text) => expect([record.events?.content, text.length > whole.length]).toEqual([9, true]),
  },
  'after-done': fine(),
  'open-after-done': fine(),
  goaway: fine(),
};

describe('faults', () => {
  it.each(Object.keys(faults) as FaultName[])('%s', async (name) => {
    simulator.setFaults([parseFault(name)]);
    const want = expected[name];
    const { text, code, retry, record } = await ask(short[name]);
    expect([record.ending, code]).toEqual([want.ending, want.code]);
    if (want.text === 'whole') expect(text).toBe(whole);
    if (want.text === 'start')
      expect([whole.startsWith(text), text !== '', text !== whole]).toEqual([true, true, true]);
    if (want.text === 'none') expect(text).toBe('');
    if (want.retry !== undefined) expect(retry !== undefined).toBe(want.retry);
    want.also?.(record, text);
    // The next call over the same sockets is not harmed.
    simulator.setFaults([]);
    const next = await ask();
    expect([next.text, next.record.ending]).toEqual([whole, 'ok']);
  });

  it('the whole attempt has a timeout of its own', async () => {
    simulator.setFaults([parseFault('stall-comments')]);
    const { record } = await ask({ total: 100 });
    expect([record.ending, record.end >= 99]).toEqual(['timeout', true]);
  });

  it('a share strikes that share of requests, the same ones with the same seed', async () => {
    const draw = async () => {
      const server = await startSimulator({ seed: 9, faults: [parseFault('overload:0.3')] });
      const statuses: number[] = [];
      for (let i = 0; i < 40; i++) {
        const response = await fetch(`${server.url}/chat/completions`, {
          method: 'POST',
          headers: { authorization: 'Bearer x' },
          body: JSON.stringify({ ...call, model: 'openai/gpt-oss-20b', max_tokens: 1 }),
        });
        await response.text();
        statuses.push(response.status);
      }
      await server.close();
      return statuses;
    };
    const first = await draw();
    const struck = first.filter((status) => status === 503).length;
    expect(struck).toBeGreaterThan(4);
    expect(struck).toBeLessThan(22);
    expect(await draw()).toEqual(first);
  });

  it.each(['nonsense', 'reset:2', 'reset:0', 'reset@x'])('refuses the fault %s', (text) => {
    expect(() => parseFault(text)).toThrow(expect.objectContaining({ code: 'E_ARGUMENT' }));
  });
});
