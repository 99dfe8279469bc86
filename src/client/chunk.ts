/** What one event of a chat stream says, and what kind of event it is. */
import type { TokenLogprob, TokenLogprobs } from '../core/index.ts';
import { channelsOf } from './text-of.ts';
import { type ServerTimings, timingsOf } from './timings.ts';
import { type ToolDelta, toolDeltasOf } from './tool-delta.ts';
import { isObject, usageOf, type WireUsage } from './usage.ts';
import { errorOf, type WireError } from './wire-error.ts';

export type EventKind =
  | 'role'
  | 'reasoning'
  | 'content'
  | 'tool'
  | 'finish'
  | 'usage'
  | 'comment'
  | 'heartbeat'
  | 'error'
  | 'done'
  | 'empty';

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
  /** A whole message instead of a piece of one. */
  isMessage?: true;
}

type Fields = Record<string, unknown>;

const stringAt = (fields: Fields, name: string): string | undefined => {
  const value = fields[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
};

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

/** Exact ids of the tokens in a chunk: vLLM `token_ids`, Together and HF `token_id`, llama.cpp `tokens`. */
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

/** Some servers write "null" for an answer that goes on. */
function finishOf(choice: Fields): string | undefined {
  const finish = stringAt(choice, 'finish_reason');
  return finish === undefined || /^(null|none)$/i.test(finish) ? undefined : finish;
}

/** Facts of a parsed chunk, or of a whole answer that came unstreamed (`message` instead of `delta`). */
export function readChunk(chunk: Fields, isErrorEvent = false): ChunkFacts {
  const first: unknown = Array.isArray(chunk.choices) ? chunk.choices[0] : undefined;
  const choice = isObject(first) ? first : {};
  const source = choice.delta ?? choice.message;
  const delta = isObject(source) ? source : {};
  const { answer, reasoning } = channelsOf(delta, choice.text);
  const facts: ChunkFacts = {
    kind: 'empty',
    id: stringAt(chunk, 'id'),
    answer,
    reasoning,
    tools: toolDeltasOf(delta),
    finish: finishOf(choice),
    usage: usageOf(chunk),
    timings: timingsOf(chunk),
    error: errorOf(chunk, isErrorEvent),
    ids: idsOf(chunk, choice, delta),
    logprobs: logprobsOf(choice),
  };
  if (choice.delta === undefined && choice.message !== undefined) facts.isMessage = true;
  facts.kind = kindOf(facts, delta);
  return facts;
}
