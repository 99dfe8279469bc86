import { strip } from '../python-text.ts';
import { noAnswer } from './rules-extractor.ts';

/**
 * What becomes of an extractor reply that is no proper JSON. `released`: the published program's repair never runs
 * (its import is missing), the raw text counts as one answer. `intended`: the repair as its dead code says.
 */
export type ReplyParser = 'released' | 'intended';

/** The extracted answers, or the kind of exception on which the official runner records reward 0. */
export type ReplyAnswers = { answers: readonly unknown[] } | { raised: string };

/** Strips every double quote at both ends, then every single one. */
export function stripQuotes(text: string): string {
  return strip(
    strip(text, (character) => character === '"'),
    (character) => character === "'",
  );
}

/** `json.loads(reply)["extracted_answers"]`, or undefined where that fails. */
function jsonAnswers(reply: string): { value: unknown } | undefined {
  try {
    const parsed: unknown = JSON.parse(reply);
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
    if (!Object.hasOwn(parsed, 'extracted_answers')) return undefined;
    return { value: (parsed as { extracted_answers: unknown }).extracted_answers };
  } catch {
    return undefined;
  }
}

/** Python indexes and sorts whatever stands there: a text gives its characters, a number or an object raises. */
function asSequence(value: unknown): ReplyAnswers {
  const items = typeof value === 'string' ? [...value] : value;
  if (!Array.isArray(items)) return { raised: typeof value === 'object' && value !== null ? 'KeyError' : 'TypeError' };
  if (items.length === 0) return { raised: 'IndexError' };
  return { answers: items[0] === null ? [noAnswer] : items };
}

const isNone = (text: string) => text.toLowerCase() === 'none';

function releasedFallback(reply: string): string[] {
  const text = strip(reply);
  return [text === '' || isNone(text) ? noAnswer : text];
}

/** The first `[…]` of the reply split at commas; without one the whole text; quotes are stripped, empty ones dropped. */
function intendedFallback(reply: string): string[] {
  const open = reply.indexOf('[');
  const close = open < 0 ? -1 : reply.indexOf(']', open);
  const parts = close < 0 ? [reply] : reply.slice(open + 1, close).split(',');
  const answers = parts.map((part) => stripQuotes(strip(part))).filter((part) => part !== '');
  if (answers.length === 0 || (answers.length === 1 && isNone(answers[0] as string))) return [noAnswer];
  return answers;
}

/** Reads the reply of an extractor model as CRMArena's evaluator does. */
export function readExtractorReply(reply: string, parser: ReplyParser = 'released'): ReplyAnswers {
  const json = jsonAnswers(reply);
  if (json) return asSequence(json.value);
  return { answers: parser === 'released' ? releasedFallback(reply) : intendedFallback(reply) };
}
