/** What one event of a chat stream says, and what kind of event it is. */
import type { TokenLogprob, TokenLogprobs } from '../core/index.ts';
import { type ServerTimings, timingsOf } from './timings.ts';
import { type ToolDelta, toolDeltasOf } from './tool-delta.ts';
import { isObject, usageOf, type WireUsage } from './usage.ts';

export type EventKind =
  | 'role'
  | 'reasoning'
  | 'content'
  | 'tool'
  | 'finish'
  | 'usage'
  | 'comment'
  | 'error'
  | 'done'
  | 'empty';

export interface WireError {
  message: string;
  type?: string;
  code?: string;
  status?: number;
}

export interface ChunkFacts {
  kind: EventKind;
  id?: string;
  answer: string;
  reasoning: string;
  tools?: readonly ToolDelta[];
  finish?: string;
  usage?: WireUsage;
  timings?: ServerTimings;
  error?: WireError;
  ids?: readonly number[];
  logprobs?: readonly TokenLogprobs[];
}

type Fields = Record<string, unknown>;

const stringAt = (fields: Fields, name: string): string | undefined => {
  const value = fields[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
};

/** Text of a `content` field: a string, or a list of typed pieces. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((piece) => (isObject(piece) ? (stringAt(piece, 'text') ?? '') : '')).join('');
}

/** The error of a body or chunk: `{error: {…}}`, `{error: "text"}`, `{message, code}` of an error event, `x_groq.error`. */
export function errorOf(body: Fields, isErrorEvent = false): WireError | undefined {
  const groq = isObject(body.x_groq) ? body.x_groq.error : undefined;
  const found = body.error ?? groq ?? (isErrorEvent ? body : undefined);
  if (found === undefined || found === null) return undefined;
  if (!isObject(found)) return { message: String(found) };
  const code = found.code ?? undefined;
  const status = [found.status_code, found.status, code].find((value) => typeof value === 'number');
  return {
    message: stringAt(found, 'message') ?? JSON.stringify(found),
    type: stringAt(found, 'type'),
    code: code === undefined ? undefined : String(code),
    status: status as number | undefined,
  };
}

function topLogprob(entry: unknown): TokenLogprob {
  const fields = isObject(entry) ? entry : {};
  const text = stringAt(fields, 'token') ?? '';
  const id = text.startsWith('token_id:') ? Number(text.slice(9)) : -1;
  return { id, logprob: Number(fields.logprob), text };
}

function logprobsOf(choice: Fields): TokenLogprobs[] | undefined {
  const content = isObject(choice.logprobs) ? choice.logprobs.content : undefined;
  if (!Array.isArray(content) || content.length === 0) return undefined;
  return content.map((entry) => ({
    ...topLogprob(entry),
    top: isObject(entry) && Array.isArray(entry.top_logprobs) ? entry.top_logprobs.map(topLogprob) : [],
  }));
}

/** Exact ids behind a chunk: vLLM `token_ids`, Together and HF `token_id`, llama.cpp `tokens`. */
function idsOf(chunk: Fields, choice: Fields, delta: Fields): number[] | undefined {
  if (typeof delta.token_id === 'number') return [delta.token_id];
  const list = choice.token_ids ?? chunk.tokens;
  return Array.isArray(list) && list.length > 0 && list.every((id) => typeof id === 'number') ? list : undefined;
}

function kindOf(facts: ChunkFacts, delta: Fields): EventKind {
  if (facts.error) return 'error';
  if (facts.answer !== '') return 'content';
  if (facts.reasoning !== '') return 'reasoning';
  if (facts.tools) return 'tool';
  if (facts.finish) return 'finish';
  if (facts.usage) return 'usage';
  return delta.role === undefined ? 'empty' : 'role';
}

/** Facts of a parsed chunk, or of a whole answer that came unstreamed (`message` instead of `delta`). */
export function readChunk(chunk: Fields, isErrorEvent = false): ChunkFacts {
  const first: unknown = Array.isArray(chunk.choices) ? chunk.choices[0] : undefined;
  const choice = isObject(first) ? first : {};
  const source = choice.delta ?? choice.message;
  const delta = isObject(source) ? source : {};
  const facts: ChunkFacts = {
    kind: 'empty',
    id: stringAt(chunk, 'id'),
    answer: textOf(delta.content ?? choice.text),
    reasoning: textOf(delta.reasoning ?? delta.reasoning_content),
    tools: toolDeltasOf(delta),
    finish: stringAt(choice, 'finish_reason'),
    usage: usageOf(chunk),
    timings: timingsOf(chunk),
    error: errorOf(chunk, isErrorEvent),
    ids: idsOf(chunk, choice, delta),
    logprobs: logprobsOf(choice),
  };
  facts.kind = kindOf(facts, delta);
  return facts;
}
