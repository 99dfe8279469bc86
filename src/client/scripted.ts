/** Wire answers written by hand, for tests: bytes in, what the client made of them out. */
import { type Call, type CallRecord, codeOf, createMeter, type Part } from '../core/index.ts';
import type { Recording } from './cassette.ts';
import { type ChatOptions, createChatGenerate } from './chat.ts';
import { replayTransport } from './replay.ts';
import type { Transport } from './transport.ts';

export interface Script {
  status?: number;
  headers?: Record<string, string>;
  reads?: readonly (string | Buffer)[];
  ending?: Recording['ending'];
  message?: string;
}

/** Every request gets the next script, the last one again and again. */
export function scriptedTransport(scripts: readonly Script[]): Transport {
  const recordings = scripts.map(
    (script): Recording => ({
      schema: 1,
      tag: 'any',
      sent: true,
      status: script.status ?? 200,
      headers: { 'content-type': 'text/event-stream', ...script.headers },
      headAt: 0,
      reads: (script.reads ?? []).map((read) => [0, { base64: Buffer.from(read).toString('base64') }]),
      ending: script.ending ?? 'end',
      endAt: 0,
      message: script.message,
    }),
  );
  const inner = replayTransport(recordings);
  return { ...inner, send: (request, receiver) => inner.send({ ...request, tag: () => 'any' }, receiver) };
}

export interface Heard {
  parts: Part[];
  text: string;
  reasoning: string;
  error?: unknown;
  code?: string;
  record: CallRecord;
  records: CallRecord[];
}

/** Plays one call over the script and keeps everything that came out. */
export async function hear(
  scripts: Script | readonly Script[],
  { call: more, ...options }: Partial<ChatOptions> & { call?: Partial<Call> } = {},
): Promise<Heard> {
  const transport = scriptedTransport(Array.isArray(scripts) ? scripts : [scripts]);
  const meter = createMeter();
  const generate = createChatGenerate({ baseUrls: ['http://test/v1'], model: 'm', transport, ...options });
  const messages = [{ role: 'user', content: 'hi' } as const];
  const call: Call = { messages, maxTokens: 16, temperature: 0, seed: 1, ...more };
  const parts: Part[] = [];
  let error: unknown;
  try {
    for await (const part of generate(call, { signal: new AbortController().signal, meter })) parts.push(part);
  } catch (thrown) {
    error = thrown;
  }
  const textOf = (channel: string) =>
    parts.map((part) => (part.type === 'text' && part.channel === channel ? part.text : '')).join('');
  const records = meter.counters.calls;
  return {
    parts,
    text: textOf('answer'),
    reasoning: textOf('reasoning'),
    error,
    code: error === undefined ? undefined : codeOf(error),
    record: records[0]!,
    records,
  };
}

/** A chunk as Groq writes it, as one event. */
export const event = (delta: object, more: object = {}, finish: string | null = null): string =>
  `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finish }], ...more })}\n\n`;
