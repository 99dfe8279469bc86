/** A conversation as turns that can be left out whole: a question with its answer, a call of tools with what they gave. */
import type { Message } from '../../core/index.ts';

/** Messages [from, to). */
export interface Exchange {
  from: number;
  to: number;
  /** It always stays: the system's words, the first turn, the last question and what belongs to it. */
  isFixed: boolean;
}

/**
 * Roles still alternate, and no call of tools loses its results, whichever exchanges are left out. Where tools were
 * called, only those calls may go: the questions between them stay.
 */
export function exchangesOf(messages: readonly Message[]): Exchange[] {
  const hasTools = messages.some((message) => message.role === 'tool' || callsTools(message));
  const exchanges: Exchange[] = [];
  let at = 0;
  while (at < messages.length && messages[at]?.role === 'system') at++;
  if (at > 0) exchanges.push({ from: 0, to: at, isFixed: true });
  while (at < messages.length) {
    const to = hasTools ? endOfToolStep(messages, at) : endOfTurn(messages, at);
    exchanges.push({ from: at, to, isFixed: hasTools && !callsTools(messages[at] as Message) });
    at = to;
  }
  const turns = exchanges.filter(({ from }) => messages[from]?.role !== 'system');
  for (const turn of [turns[0], turns.at(-1)]) if (turn) turn.isFixed = true;
  return exchanges;
}

const callsTools = (message: Message) => message.role === 'assistant' && (message.toolCalls?.length ?? 0) > 0;

/** A user's message up to the next one. */
function endOfTurn(messages: readonly Message[], from: number): number {
  let to = from + 1;
  while (to < messages.length && messages[to]?.role !== 'user') to++;
  return to;
}

/** A call of tools with its results, or one other message. */
function endOfToolStep(messages: readonly Message[], from: number): number {
  let to = from + 1;
  if (callsTools(messages[from] as Message)) while (messages[to]?.role === 'tool') to++;
  return to;
}

/** How many of a conversation's calls there were: each began with the messages up to a user's question or a tool's result. */
export function callsSoFar(messages: readonly Message[]): number[] {
  const ends: number[] = [];
  for (const [at, { role }] of messages.entries()) {
    const next = messages[at + 1]?.role;
    if ((role === 'user' || role === 'tool') && (next === 'assistant' || next === undefined)) ends.push(at + 1);
  }
  if (ends.at(-1) !== messages.length) ends.push(messages.length);
  return ends;
}
