/** The script of one answer: frames with their times, and how the body ends. Faults rewrite scripts. */
import {
  type AnswerHead,
  choice,
  chunk,
  done,
  roleChunk,
  sse,
  streamHeaders,
  type UsageFacts,
  usageFields,
  usageSoFar,
} from '../wire/index.ts';

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
  /** Usage as it is so far in every event. Of several answers each counts its own. */
  continuousUsage: boolean;
  /** Top log-probabilities per token; undefined: none. */
  logprobs?: number;
  /** Milliseconds after admission of the first token, and of each after the one before. */
  firstAt: number;
  gap(index: number): number;
}

/** A made-up but fixed distribution: the token itself, then words that were not said. */
export function logprobsFor(tokens: readonly string[], top: number): unknown {
  const entry = (text: string, logprob: number) => ({ token: text, logprob, bytes: [...Buffer.from(text)] });
  const tops = (token: string) =>
    Array.from({ length: top }, (_, i) => entry(i === 0 ? token : `${token}${i}`, i === 0 ? -0.1 : -1 - 2 * i));
  return { content: tokens.map((token) => ({ ...entry(token, -0.1), top_logprobs: tops(token) })) };
}

/** Frames of one of the answers. */
function framesOf(speech: Speech, answer: number, more: Record<string, unknown>): Frame[] {
  const { head, reasoning, tokens, firstAt, logprobs: top } = speech;
  let at = firstAt;
  let index = 0;
  const all = () => (speech.continuousUsage ? { ...more, ...usageSoFar(speech.usage.prompt, index) } : more);
  const frames: Frame[] = [{ at: firstAt, bytes: sse(roleChunk(head, answer, all())), kind: 'role' }];
  const push = (delta: Record<string, unknown>, logprobs: unknown = null) => {
    if (index > 0) at += speech.gap(index);
    index++;
    frames.push({ at, bytes: sse(chunk(head, [choice(delta, null, logprobs, answer)], all())), kind: 'token' });
  };
  for (const word of reasoning) push({ reasoning: word, channel: 'analysis' });
  for (const word of tokens) push({ content: word }, top === undefined ? null : logprobsFor([word], top));
  for (const delta of speech.tools) push(delta);
  const end = choice({}, speech.finish, null, answer);
  frames.push({ at, bytes: sse(chunk(head, [end], { ...groqEnd(speech), ...all() })), kind: 'finish' });
  return frames;
}

/** Groq's usage comes with the finish reason, once: where an event of its own was asked for, it is there. */
function groqEnd({ head, usage, includeUsage }: Speech): Record<string, unknown> {
  if (head.flavour !== 'groq') return {};
  return { x_groq: { id: head.requestId, ...(includeUsage ? {} : { usage: usageFields(usage, head.flavour) }) } };
}

/** A stream of one or several answers to one request, all of which have the same head and usage. */
export function scriptOf(speeches: readonly [Speech, ...Speech[]]): Script {
  const [{ head, usage, includeUsage }] = speeches;
  // OpenAI says in every other event that usage is to come.
  const more = includeUsage && head.flavour === 'openai' ? { usage: null } : {};
  const frames = speeches.flatMap((speech, answer) => framesOf(speech, answer, more)).sort((a, b) => a.at - b.at);
  const at = frames.at(-1)!.at;
  const fields = usageFields(usage, head.flavour);
  if (includeUsage) frames.push({ at, bytes: sse(chunk(head, [], { usage: fields })), kind: 'usage' });
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
