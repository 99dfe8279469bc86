/**
 * A budget of the context over turns: what a client can do in place of a budget of the cache. The system's words and
 * the first turn stay as sinks, the newest turns as recent ones. Of the turns between, those of least worth are left out
 * when the conversation no longer fits its budget.
 *
 * What is sent grows at its end and keeps its start, byte for byte, so that a server's cache of prompts still finds it:
 * turns are let go only when the high mark is passed, then down to the low mark, and a turn that was let go never
 * comes back. All this follows from the messages alone: earlier calls of the conversation are gone through again.
 */
import type { Message } from '../../core/index.ts';
import { callsSoFar, type Exchange, exchangesOf } from './turns.ts';

export interface ContextBudget {
  /** Share of the tokens so far that may be sent with a conversation's `turn`th call, from 0. */
  shareAt(turn: number): number;
  /** Tokens that may be sent, in place of a share. */
  budget: number | null;
  /** Newest turns that always stay. */
  recentTurns: number;
  /** The low mark as a share of the high one. */
  lowMark: number;
  /** Worth of exchanges to what is asked now; more is kept longer. Absent: the newest are worth most. */
  worth?(exchanges: readonly string[], question: string): Promise<readonly number[]>;
}

export interface Budgeted {
  messages: readonly Message[];
  offered: number;
  kept: number;
  /** Turns that were left out. */
  turns: number;
}

type Count = (text: string) => number;

/** @param count about how many tokens a text has */
export async function withinBudget(
  messages: readonly Message[],
  budget: ContextBudget,
  count: Count,
): Promise<Budgeted> {
  const gone = new Set<number>();
  let sizes: number[] = [];
  for (const [turn, end] of callsSoFar(messages).entries()) {
    const soFar = messages.slice(0, end);
    const exchanges = exchangesOf(soFar);
    sizes = exchanges.map(({ from, to }) => tokensIn(soFar.slice(from, to), count));
    await letGo(gone, { messages: soFar, exchanges, sizes, turn }, budget);
  }
  const exchanges = exchangesOf(messages);
  const kept = exchanges.filter(({ from }) => !gone.has(from));
  const offered = total(sizes);
  const keptTokens = exchanges.reduce((sum, { from }, at) => sum + (gone.has(from) ? 0 : (sizes[at] as number)), 0);
  return {
    messages: gone.size === 0 ? messages : kept.flatMap(({ from, to }) => messages.slice(from, to)),
    ...{ offered, kept: keptTokens, turns: gone.size },
  };
}

interface Moment {
  messages: readonly Message[];
  exchanges: readonly Exchange[];
  sizes: readonly number[];
  turn: number;
}

/** Adds the first messages of exchanges that are let go with this call to `gone`. */
async function letGo(gone: Set<number>, moment: Moment, budget: ContextBudget): Promise<void> {
  const { exchanges, sizes, turn } = moment;
  const size = (at: number) => sizes[at] as number;
  const stays = [...exchanges.keys()].filter((at) => !gone.has((exchanges[at] as Exchange).from));
  const high = budget.budget ?? Math.ceil(budget.shareAt(turn) * total(sizes));
  let held = total(stays.map(size));
  if (held <= high) return;
  const low = Math.floor(high * budget.lowMark);
  const loose = stays.filter((at) => !(exchanges[at] as Exchange).isFixed);
  const mayGo = loose.slice(0, Math.max(0, loose.length - Math.max(0, budget.recentTurns - 1)));
  for (const at of await byWorth(mayGo, moment, budget)) {
    if (held <= low) return;
    gone.add((exchanges[at] as Exchange).from);
    held -= size(at);
  }
}

/** Least worth first; of equals the older. */
async function byWorth(
  places: readonly number[],
  { messages, exchanges }: Moment,
  { worth }: ContextBudget,
): Promise<number[]> {
  if (!worth || places.length < 2) return [...places];
  const textOf = (at: number) => {
    const { from, to } = exchanges[at] as Exchange;
    return messages
      .slice(from, to)
      .map(({ content }) => content)
      .join('\n');
  };
  const question = messages.findLast(({ role }) => role === 'user')?.content ?? '';
  const scores = await worth(places.map(textOf), question);
  return [...places.keys()]
    .sort((a, b) => (scores[a] as number) - (scores[b] as number) || a - b)
    .map((index) => places[index] as number);
}

function tokensIn(messages: readonly Message[], count: Count): number {
  return total(
    messages.map((message) => {
      const calls = message.role === 'assistant' ? (message.toolCalls ?? []) : [];
      return count(message.content) + total(calls.map(({ name, arguments: text }) => count(name + text))) + 4;
    }),
  );
}

const total = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0);

/** A half cosine from `most` at turn 0 to `least` at turn `turns`, constant after that. */
export const halfCosine = (most: number, least: number, turn: number, turns: number): number =>
  least + (most - least) * 0.5 * (1 + Math.cos((Math.PI * Math.min(turn, turns)) / turns));

/** BM25 (k1 1.2, b .75) of texts for the words of a question, the texts being the collection. */
export function wordWorth(texts: readonly string[], question: string): number[] {
  const documents = texts.map(wordsIn);
  const mean = total(documents.map(({ length }) => length)) / Math.max(1, documents.length);
  const asked = new Set(wordsIn(question));
  const inverse = new Map(
    [...asked].map((word) => {
      const having = documents.filter((document) => document.includes(word)).length;
      return [word, Math.log(1 + (documents.length - having + 0.5) / (having + 0.5))];
    }),
  );
  return documents.map((document) =>
    [...asked].reduce((sum, word) => {
      const often = document.filter((other) => other === word).length;
      const weight = (often * 2.2) / (often + 1.2 * (0.25 + (0.75 * document.length) / Math.max(1, mean)));
      return sum + (inverse.get(word) as number) * weight;
    }, 0),
  );
}

const wordsIn = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
