/**
 * How many tokens an answer has, by the best evidence there is: the server's usage where the text does not contradict
 * it, exact ids, log-probabilities, a tokenizer over the whole text, and last the number of events with text, which is
 * an estimate and says so. docs/api-backends.md states the rule.
 */
import { type Call, promptCharacters, type Usage, type UsageContradiction } from '../core/index.ts';
import { endReason } from './ending.ts';
import type { Reading } from './reading.ts';
import type { WireUsage } from './usage.ts';

/** Tokens of a text by a tokenizer: the server's own, or a local one of the same model. */
export type CountText = (text: string) => number | Promise<number>;

/** About 4 characters a token in English; only for prompts whose usage never came. */
export function estimatePrompt(call: Pick<Call, 'messages' | 'continue' | 'tools'>): number {
  return Math.ceil(promptCharacters(call) / 4) + 4 * call.messages.length;
}

/** No vocabulary in use has longer tokens (runs of blanks or dashes). */
const longestToken = 128;

/** What makes a usage unfit to be the count of this text. */
function refuted({ completion }: WireUsage, { text }: Reading): 'zero' | 'too_few' | undefined {
  if (completion === 0) return text === '' ? undefined : 'zero';
  return text.length > longestToken * (completion + 1) ? 'too_few' : undefined;
}

type Counted = Pick<Usage, 'completion' | 'origin' | 'method'>;

/** Tokens of the text by exact ids or log-probabilities, if every piece of text has them. */
function exact({ ids, logprobs, chunks, told }: Reading): number | undefined {
  if (chunks === 0 || told < chunks) return undefined;
  return ids > 0 ? ids : logprobs;
}

function countedWithoutUsage(reading: Reading, countText: CountText | undefined): Counted | Promise<Counted> {
  const { ids, logprobs, chunks, text } = reading;
  if (ids > 0) return { completion: ids, origin: 'server', method: 'ids' };
  if (logprobs > 0) return { completion: logprobs, origin: 'server', method: 'logprobs' };
  const byChunks: Counted = { completion: chunks, origin: 'estimate', method: 'chunks' };
  if (!countText || text === '') return byChunks;
  return Promise.resolve()
    .then(() => countText(text))
    .then(
      (completion): Counted =>
        Number.isInteger(completion) && completion > 0
          ? { completion, origin: 'estimate', method: 'tokenizer' }
          : byChunks,
      () => byChunks,
    );
}

/** What of a completion came as text, as far as it can be told. */
function streamedOf({ completion, reasoning = 0 }: WireUsage, reading: Reading): Partial<Usage> {
  const { chunks, events, finish, reasoned, text } = reading;
  const known = exact(reading);
  const mayEnd = endReason(finish, reading.toolCalls) !== 'length';
  const seen = completion - (reasoned ? 0 : Math.min(reasoning, completion));
  if (known !== undefined)
    return {
      ...(known === completion ? {} : { streamed: known }),
      ...(mayEnd && seen === known + 1 && { endToken: true }),
    };
  // An event carries a token on most servers: one token more than events is the one that ended the answer.
  if (mayEnd && seen === chunks + 1) return { streamed: chunks, endToken: true };
  if (seen < 1 && chunks > 0) return { streamed: chunks };
  if (!events.tool && seen > text.length + 1 && seen > Buffer.byteLength(text) + 1)
    return { streamed: chunks, contradiction: 'unseen' };
  return seen === completion ? {} : { streamed: seen };
}

/**
 * @param prompt estimate of the prompt's tokens, for servers that do not count them
 */
export function countUsage(reading: Reading, prompt: number, countText?: CountText): Usage | Promise<Usage> {
  const { usage } = reading;
  const contradiction = usage && refuted(usage, reading);
  // A prompt that the server does not count is estimated, and so the whole is no count of its own.
  if (usage && !contradiction)
    return {
      ...usage,
      prompt: usage.prompt || prompt,
      origin: usage.prompt ? 'server' : 'estimate',
      method: 'usage',
      ...streamedOf(usage, reading),
    };
  const counted = countedWithoutUsage(reading, countText);
  return counted instanceof Promise
    ? counted.then((found) => whole(found, usage, prompt, contradiction))
    : whole(counted, usage, prompt, contradiction);
}

function whole(
  counted: Counted,
  usage: WireUsage | undefined,
  prompt: number,
  contradiction: UsageContradiction | undefined,
): Usage {
  return {
    prompt: usage?.prompt || prompt,
    ...counted,
    ...(usage?.cached !== undefined && { cached: usage.cached }),
    ...(contradiction && { contradiction }),
  };
}
