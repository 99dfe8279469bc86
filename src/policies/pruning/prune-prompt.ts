/**
 * Prompt pruning for models that cannot be reached inside: words that a small model could have guessed are not sent
 * (Selective Context, Li et al. 2023, arXiv 2310.06201; LLMLingua, Jiang et al. 2023, arXiv 2310.05736). A word's
 * surprisal is the sum over its tokens of −ln p under the scorer, our engine with a small model.
 *
 * - `top_p`: of the words that may go, the smallest set stays that holds this share of their surprisal.
 * - `entropy_threshold`: a word goes whose tokens have, on average, a surprisal below it and were drawn from
 *   distributions of an entropy below it: the scorer was right, and was sure.
 * - Numbers, names, negations, code, JSON, tables, the system's words and the question always stay (prompt-spans.ts).
 */
import type { Call, Message, TokenScore } from '../../core/index.ts';
import { largestShare } from '../../decode/index.ts';
import { mayPrune, type Word, wordsOf } from './prompt-spans.ts';

export interface PromptPruning {
  top_p: number;
  min_tokens: number;
  entropy_threshold?: number;
  /** Prompts of fewer tokens are sent as they are. */
  least_prompt: number;
}

export interface PrunedPrompt {
  messages: readonly Message[];
  /** Tokens by the scorer: of the messages that were scored, and of these the ones that are sent. */
  offered: number;
  kept: number;
  protectedTokens: number;
}

type Score = (text: string) => Promise<readonly TokenScore[]>;

export interface Scorer {
  /** Of a text that comes with this call for the first time. */
  fresh: Score;
  /** Of a text that earlier calls may have had: a worked example, an earlier turn. */
  again: Score;
}

/** Most texts whose scores are kept. */
const mostKnown = 256;

/** Scores of texts before the last question are kept: a client that sends the same examples with every call has them. */
export function rememberScores(score: Score): Scorer {
  const known = new Map<string, ReturnType<Score>>();
  return {
    fresh: score,
    again(text) {
      const scores = known.get(text) ?? score(text);
      known.delete(text);
      known.set(text, scores);
      scores.catch(() => known.delete(text));
      if (known.size > mostKnown) known.delete(known.keys().next().value as string);
      return scores;
    },
  };
}

/** A word with what the scorer says of its tokens. */
interface ScoredWord extends Word {
  tokens: number;
  surprisal: number;
  entropy: number;
  /** A token without context has no surprisal: it stays. */
  isFirst: boolean;
}

/** @param count about how many tokens a text has */
export async function prunePrompt(
  call: Call,
  p: PromptPruning,
  score: Scorer,
  count: (text: string) => number,
): Promise<PrunedPrompt> {
  const { messages } = call;
  const all = messages.reduce((sum, { content }) => sum + count(content), 0);
  const last = messages.findLastIndex(({ role }) => role === 'user');
  if (all < p.least_prompt) return { messages, offered: all, kept: all, protectedTokens: 0 };
  const pruned: PrunedPrompt = { messages, offered: 0, kept: 0, protectedTokens: 0 };
  const written = await Promise.all(
    messages.map(async (message, at): Promise<Message> => {
      if (!mayPrune(message) || message.content.trim() === '') return message;
      const scores = await (at < last ? score.again : score.fresh)(message.content);
      const words = scored(message.content, wordsOf(message.content, at === last), scores);
      const stays = keptWords(words, p);
      for (const [place, { tokens, isProtected }] of words.entries()) {
        pruned.offered += tokens;
        if (stays.has(place)) pruned.kept += tokens;
        if (isProtected) pruned.protectedTokens += tokens;
      }
      if (stays.size === words.length) return message;
      return { ...message, content: textOf(message.content, words, stays) } as Message;
    }),
  );
  return { ...pruned, messages: written.some((message, at) => message !== messages[at]) ? written : messages };
}

/** Tokens belong to the word in which their first character that is no whitespace stands. */
function scored(text: string, words: readonly Word[], scores: readonly TokenScore[]): ScoredWord[] {
  const found = words.map((word) => ({ ...word, tokens: 0, surprisal: 0, entropy: 0, isFirst: false }));
  let place = 0;
  let at = 0;
  for (const { text: token, surprisal, entropy } of scores) {
    const lead = token.length - token.trimStart().length;
    const start = token.trim() === '' ? place : place + lead;
    while (at < found.length - 1 && start >= (found[at] as ScoredWord).to) at++;
    const word = found[at];
    place = Math.min(text.length, place + token.length);
    if (!word) continue;
    word.tokens++;
    if (!Number.isFinite(surprisal)) word.isFirst = true;
    else {
      word.surprisal += surprisal;
      word.entropy += entropy;
    }
  }
  return found;
}

function keptWords(words: readonly ScoredWord[], p: PromptPruning): Set<number> {
  const loose = [...words.keys()].filter((at) => {
    const { isProtected, isFirst } = words[at] as ScoredWord;
    return !isProtected && !isFirst;
  });
  const stays = new Set(words.keys());
  const kept = new Set(
    chosen(
      loose.map((at) => words[at] as ScoredWord),
      p,
    ).map((place) => loose[place]),
  );
  for (const at of loose) if (!kept.has(at)) stays.delete(at);
  return stays;
}

/** Indexes of the words that stay, of those that may go. */
function chosen(words: readonly ScoredWord[], { top_p, min_tokens, entropy_threshold }: PromptPruning): number[] {
  if (entropy_threshold === undefined)
    return largestShare(
      words.map(({ surprisal }) => surprisal),
      top_p,
      min_tokens,
    );
  const mean = (sum: number, { tokens }: ScoredWord) => sum / Math.max(1, tokens);
  const stays = words.flatMap((word, at) =>
    mean(word.surprisal, word) < entropy_threshold && mean(word.entropy, word) < entropy_threshold ? [] : [at],
  );
  if (stays.length >= Math.min(min_tokens, words.length)) return stays;
  return largestShare(
    words.map(({ surprisal }) => surprisal),
    Number.MIN_VALUE,
    min_tokens,
  );
}

/** In their order. Where words went, what follows keeps its own whitespace: lines stay lines. */
function textOf(text: string, words: readonly Word[], stays: ReadonlySet<number>): string {
  let written = '';
  let gap = '';
  for (const [at, { from, to }] of words.entries()) {
    const word = text.slice(from, to);
    const space = /^\s*/.exec(word)?.[0] ?? '';
    if (!stays.has(at)) {
      if (space.includes('\n')) gap = space;
      continue;
    }
    written += gap !== '' && !space.includes('\n') ? gap + word.trimStart() : word;
    gap = '';
  }
  return written + text.slice(words.at(-1)?.to ?? 0);
}
