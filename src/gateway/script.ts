/** The script of one answer: frames with their times, and how the body ends. Faults rewrite scripts. */
import { type AnswerHead, choice, chunk, roleChunk, type UsageFacts, usageFields } from './groq-wire.ts';

export interface Frame {
  /** Milliseconds after the request was admitted. */
  at: number;
  bytes: Buffer;
  kind: 'role' | 'token' | 'finish' | 'usage' | 'done' | 'other';
}

/** `end`: as HTTP wants it. `fin`: the socket ends in the middle. `reset`: it breaks. `hang`: nothing more, ever. */
export type ScriptEnd = 'end' | 'fin' | 'reset' | 'hang';

export interface Script {
  status: number;
  headers: Record<string, string>;
  frames: Frame[];
  end: ScriptEnd;
  /** Milliseconds after the request was admitted at which the head goes out; `null`: never. */
  headAt: number | null;
}

export interface Speech {
  head: AnswerHead;
  reasoning: readonly string[];
  tokens: readonly string[];
  /** Pieces of tool calls, after the text. */
  tools: readonly Record<string, unknown>[];
  finish: string;
  usage: UsageFacts;
  includeUsage: boolean;
  /** Top log-probabilities per token; undefined: none. */
  logprobs?: number;
  /** Milliseconds after admission of the first token, and of each after the one before. */
  firstAt: number;
  gap(index: number): number;
}

export const sse = (data: unknown): Buffer => Buffer.from(`data: ${JSON.stringify(data)}\n\n`);
export const done: Buffer = Buffer.from('data: [DONE]\n\n');

export const streamHeaders = { 'content-type': 'text/event-stream', 'cache-control': 'no-cache', vary: 'Origin' };

/** A made-up but fixed distribution: the token itself, then words that were not said. */
function logprobsFor(token: string, top: number): unknown {
  const entry = (text: string, logprob: number) => ({ token: text, logprob, bytes: [...Buffer.from(text)] });
  const tops = Array.from({ length: top }, (_, i) => entry(i === 0 ? token : `${token}${i}`, -0.1 - 2 * i));
  return { content: [{ ...entry(token, -0.1), top_logprobs: tops }] };
}

export function scriptOf(speech: Speech): Script {
  const { head, reasoning, tokens, usage, firstAt } = speech;
  const frames: Frame[] = [{ at: firstAt, bytes: sse(roleChunk(head)), kind: 'role' }];
  let at = firstAt;
  let index = 0;
  const push = (delta: Record<string, unknown>, logprobs: unknown = null) => {
    if (index > 0) at += speech.gap(index);
    index++;
    frames.push({ at, bytes: sse(chunk(head, [choice(delta, null, logprobs)])), kind: 'token' });
  };
  for (const word of reasoning) push({ reasoning: word, channel: 'analysis' });
  for (const word of tokens)
    push({ content: word }, speech.logprobs === undefined ? null : logprobsFor(word, speech.logprobs));
  for (const delta of speech.tools) push(delta);
  const fields = usageFields(usage, head.flavour);
  const inFinish = head.flavour === 'groq' ? { x_groq: { id: head.requestId, usage: fields }, usage: fields } : {};
  frames.push({ at, bytes: sse(chunk(head, [choice({}, speech.finish)], inFinish)), kind: 'finish' });
  if (speech.includeUsage) frames.push({ at, bytes: sse(chunk(head, [], { usage: fields })), kind: 'usage' });
  frames.push({ at, bytes: done, kind: 'done' });
  return { status: 200, headers: { ...streamHeaders, 'x-request-id': head.requestId }, frames, end: 'end', headAt: 0 };
}

/** An answer in one piece. */
export function plainScript(status: number, body: string | object, headers: Record<string, string>, at = 0): Script {
  const isText = typeof body === 'string';
  const type = isText ? 'text/html; charset=UTF-8' : 'application/json';
  const bytes = Buffer.from(isText ? body : JSON.stringify(body));
  return {
    status,
    headers: { 'content-type': type, ...headers },
    frames: [{ at, bytes, kind: 'other' }],
    end: 'end',
    headAt: at,
  };
}
