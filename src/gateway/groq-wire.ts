/** Bodies that only Groq and the simulator have: ids out of a seed, limits that were reached, the list of models. */
import { createHash } from 'node:crypto';
import { type AnswerHead, errorBody, type Flavour, type ListedModel } from '../wire/index.ts';
import type { Refusal } from './account.ts';

const digits = (text: string, length: number) => createHash('sha256').update(text).digest('hex').slice(0, length);

/** Ids are functions of seed and sequence number: two runs of one script have the same. */
export function headFor(seed: number, sequence: number, model: string, flavour: Flavour): AnswerHead {
  const hex = digits(`${seed}/${sequence}`, 32);
  const id = `chatcmpl-${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
  const requestId = `req_01${digits(`request/${hex}`, 24)}`;
  return { id, requestId, model, seed, flavour, created: 1_780_000_000, fingerprint: 'fp_simulated' };
}

const limitWords = {
  rpm: 'requests per minute (RPM)',
  rpd: 'requests per day (RPD)',
  tpm: 'tokens per minute (TPM)',
  tpd: 'tokens per day (TPD)',
} as const;

/** 413 where it never fits, 429 where it will later. */
export function limitError(
  refusal: Refusal,
  model: string,
  wait: string,
): { status: 413 | 429; body: Record<string, unknown> } {
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

export const listed = (id: string, flavour: Flavour): ListedModel => ({
  id,
  created: 1_754_000_000,
  ownedBy: flavour === 'vllm' ? 'vllm' : 'simulated',
  contextWindow: 131_072,
  maxCompletionTokens: 65_536,
});
