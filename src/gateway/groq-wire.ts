/** Bodies as Groq writes them: chunks, whole answers, errors, the list of models. */
import { createHash } from 'node:crypto';
import type { Refusal } from './account.ts';

/** Whose dialect is spoken. `openai`: no `x_groq`, usage only on demand, log-probabilities and n, no prefill. */
export type Flavour = 'groq' | 'openai';

export interface AnswerHead {
  id: string;
  requestId: string;
  model: string;
  seed: number;
  flavour: Flavour;
}

export interface UsageFacts {
  prompt: number;
  completion: number;
  reasoning: number;
  /** Milliseconds. */
  queueTime: number;
  promptTime: number;
  completionTime: number;
}

type Fields = Record<string, unknown>;

const digits = (text: string, length: number) => createHash('sha256').update(text).digest('hex').slice(0, length);

/** Ids are functions of seed and sequence number: two runs of one script have the same. */
export function headFor(seed: number, sequence: number, model: string, flavour: Flavour): AnswerHead {
  const hex = digits(`${seed}/${sequence}`, 32);
  const id = `chatcmpl-${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
  return { id, requestId: `req_01${digits(`request/${hex}`, 24)}`, model, seed, flavour };
}

const seconds = (milliseconds: number) => Number((milliseconds / 1000).toFixed(9));

export function usageFields(facts: UsageFacts, flavour: Flavour): Fields {
  const { prompt, completion, reasoning } = facts;
  const counts = { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
  const details = reasoning > 0 ? { completion_tokens_details: { reasoning_tokens: reasoning } } : {};
  if (flavour === 'openai') return { ...counts, ...details };
  return {
    queue_time: seconds(facts.queueTime),
    ...counts,
    prompt_time: seconds(facts.promptTime),
    completion_time: seconds(facts.completionTime),
    total_time: seconds(facts.promptTime + facts.completionTime),
    ...details,
  };
}

export function chunk(head: AnswerHead, choices: readonly Fields[], more: Fields = {}): Fields {
  const { id, model } = head;
  const created = 1_780_000_000;
  return { id, object: 'chat.completion.chunk', created, model, system_fingerprint: 'fp_simulated', choices, ...more };
}

export const choice = (delta: Fields, finish: string | null = null, logprobs: unknown = null, index = 0): Fields => ({
  index,
  delta,
  logprobs,
  finish_reason: finish,
});

export function roleChunk(head: AnswerHead, index: number, more: Fields): Fields {
  const isGroq = head.flavour === 'groq';
  const delta = { role: 'assistant', content: '', ...(isGroq ? {} : { refusal: null }) };
  const own = isGroq ? { x_groq: { id: head.requestId, seed: head.seed } } : {};
  return chunk(head, [choice(delta, null, null, index)], { ...own, ...more });
}

export interface WholeChoice {
  message: Fields;
  finish: string;
  logprobs: unknown;
}

export function wholeAnswer(head: AnswerHead, choices: readonly WholeChoice[], usage: Fields): Fields {
  const { id, model, requestId, seed, flavour } = head;
  return {
    id,
    object: 'chat.completion',
    created: 1_780_000_000,
    model,
    choices: choices.map(({ message, finish, logprobs }, index) => ({
      index,
      message: { role: 'assistant', ...message },
      logprobs,
      finish_reason: finish,
    })),
    usage,
    system_fingerprint: 'fp_simulated',
    ...(flavour === 'groq' ? { x_groq: { id: requestId, seed }, service_tier: 'on_demand' } : {}),
  };
}

export const errorBody = (message: string, type: string, more: Fields = {}): Fields => ({
  error: { message, type, ...more },
});

export const modelNotFound = (model: string): Fields =>
  errorBody(`The model \`${model}\` does not exist or you do not have access to it.`, 'invalid_request_error', {
    code: 'model_not_found',
  });

const limitWords = {
  rpm: 'requests per minute (RPM)',
  rpd: 'requests per day (RPD)',
  tpm: 'tokens per minute (TPM)',
  tpd: 'tokens per day (TPD)',
} as const;

/** 413 where it never fits, 429 where it will later. */
export function limitError(refusal: Refusal, model: string, wait: string): { status: 413 | 429; body: Fields } {
  const { limit, allowed, used, requested, after } = refusal;
  const where = `for model \`${model}\` in organization \`org_simulated\` service tier \`on_demand\` on ${limitWords[limit]}`;
  const type = limit.startsWith('r') ? 'requests' : 'tokens';
  const code = { code: 'rate_limit_exceeded' };
  if (after === undefined) {
    const words = `Request too large ${where}: Limit ${allowed}, Requested ${requested}, please reduce your message size and try again.`;
    return { status: 413, body: errorBody(words, type, code) };
  }
  const words = `Rate limit reached ${where}: Limit ${allowed}, Used ${used}, Requested ${requested}. Please try again in ${wait}.`;
  return { status: 429, body: errorBody(words, type, code) };
}

export const modelList = (models: readonly string[]): Fields => ({
  object: 'list',
  data: models.map((id) => ({
    id,
    object: 'model',
    created: 1_754_000_000,
    owned_by: 'simulated',
    active: true,
    context_window: 131_072,
    public_apps: null,
    max_completion_tokens: 65_536,
  })),
});
