import { TtcError } from '../../core/index.ts';
import { strip } from '../python-text.ts';
import { type ReplyParser, readExtractorReply, stripQuotes } from './extractor-reply.ts';
import { extractByRules, noAnswer } from './rules-extractor.ts';

/** A reward with what it was computed from. */
export interface CrmReward {
  /** 0 or 1. */
  reward: number;
  /** The answers that were compared, sorted. */
  parsed: readonly unknown[];
  /** `shortcut`: the bare answer was right, nothing had to be extracted. */
  extractor: 'shortcut' | 'llm' | 'rules';
  /** The exception on which the official runner records reward 0. */
  raised?: string;
}

/** Who found the answers in the text: our rules, or a model whose reply is given. */
export type ExtractorSource = { extractor: 'rules' } | { extractor: 'llm'; reply: string; parser?: ReplyParser };

/** The gold as a list: a scalar becomes a list of one, a null in front means that no record fits. */
export function goldAnswers(answer: string | null | readonly (string | null)[]): string[] {
  const list = typeof answer === 'string' || answer === null ? [answer] : answer;
  if (list.length === 0) throw new TtcError('E_DATA', 'a CRMArena row has an empty list of answers');
  return list[0] === null ? [noAnswer] : list.map(String);
}

/** True where the bare text is the one gold answer, so that no extractor is asked. */
export function matchesBareAnswer(prediction: string, gold: readonly string[]): boolean {
  return gold.length === 1 && stripQuotes(strip(prediction)) === gold[0];
}

/** Python sorts texts among themselves, numbers (and booleans) among themselves, and refuses mixtures. */
function isSortable(items: readonly unknown[]): boolean {
  if (items.length < 2) return true;
  const kinds = new Set(items.map((item) => (typeof item === 'boolean' ? 'number' : typeof item)));
  return kinds.size === 1 && (!kinds.has('object') || items.every((item) => Array.isArray(item)));
}

function sorted(items: readonly unknown[]): unknown[] {
  return [...items].sort((a, b) => (typeof a === 'string' ? (a < (b as string) ? -1 : 1) : Number(a) - Number(b)));
}

/** Equality of two multisets; case and duplicates count. */
function sameAnswers(answers: readonly unknown[], gold: readonly string[]): boolean {
  const [left, right] = [sorted(answers), sorted(gold)];
  return left.length === right.length && left.every((item, index) => item === right[index]);
}

/** An empty answer names nothing, not even that no record fits. */
const namedIn = (task: string, prediction: string) =>
  strip(prediction) === '' ? [] : extractByRules(task, prediction);

/**
 * Reward of CRMArena's `exact_match` tasks: 1 where the bare text is the single gold answer, else where the extracted
 * answers equal the gold ones as multisets.
 */
export function exactReward(
  task: string,
  prediction: string,
  gold: readonly string[],
  source: ExtractorSource,
): CrmReward {
  if (matchesBareAnswer(prediction, gold)) return { reward: 1, parsed: gold, extractor: 'shortcut' };
  const { extractor } = source;
  const found =
    extractor === 'rules' ? { answers: namedIn(task, prediction) } : readExtractorReply(source.reply, source.parser);
  if ('raised' in found) return { reward: 0, parsed: [], extractor, raised: found.raised };
  if (!isSortable(found.answers)) return { reward: 0, parsed: [], extractor, raised: 'TypeError' };
  return { reward: sameAnswers(found.answers, gold) ? 1 : 0, parsed: sorted(found.answers), extractor };
}
