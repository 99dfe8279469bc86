/**
 * Steps of an answer: where one ends and the next begins. A step never ends in whitespace: an answer is continued after
 * it, and tokens of most models begin with the space and do not end with it.
 */
import { z } from 'zod';
import type { Mark } from '../branch.ts';

/** A step without an end is cut here, in characters. */
const longest = 400;

export const stepParams = {
  unit: z
    .enum(['sentence', 'line', 'tokens'])
    .default('sentence')
    .describe('over an API: what a step is; tokens: unit_tokens of them'),
  unit_tokens: z.int().min(1).default(16).describe('over an API: tokens of a step with unit: tokens'),
};

export interface StepRule {
  unit: 'sentence' | 'line' | 'tokens';
  unit_tokens: number;
}

const sentenceEnd = /[.!?…][)\]"'”’»*]*(?=\s)|\S(?=\s*\n)/g;
const lineEnd = /\S(?=[^\S\n]*\n)/g;

/**
 * Where the step that begins at `from` ends; undefined where that is not known yet.
 * @param marks tokens and length of the text after each piece of it
 */
export function stepEnd(text: string, from: number, marks: readonly Mark[], rule: StepRule): number | undefined {
  if (rule.unit === 'tokens') return tokensEnd(text, from, marks, rule.unit_tokens);
  const pattern = rule.unit === 'line' ? lineEnd : sentenceEnd;
  pattern.lastIndex = from;
  const found = pattern.exec(text);
  const end = found ? found.index + found[0].length : undefined;
  if (end !== undefined && end - from <= longest) return end;
  if (text.length - from <= longest) return undefined;
  const cut = text.slice(from, from + longest).search(/\s+\S*$/);
  return from + (cut > 0 ? cut : longest);
}

function tokensEnd(text: string, from: number, marks: readonly Mark[], count: number): number | undefined {
  const before = tokensAt(marks, from);
  for (const { tokens, length } of marks)
    if (tokens - before >= count && length > from && /\S/.test(text[length - 1] as string)) return length;
  return undefined;
}

/**
 * Tokens of a text up to a place. A token that the place cuts in two counts whole: what is said before it takes a token.
 * Within a piece of several tokens it is the piece's share.
 */
export function tokensAt(marks: readonly Mark[], place: number): number {
  let before: Mark = { tokens: 0, length: 0 };
  for (const mark of marks) {
    if (mark.length > place) {
      const share = Math.max(0, place - before.length) / (mark.length - before.length);
      return before.tokens + Math.ceil(share * (mark.tokens - before.tokens));
    }
    before = mark;
  }
  return before.tokens;
}

/**
 * Tokens of an answer before what a call wrote that went on after `from` characters of it: counted where a piece of each
 * ends at the same place. undefined where there is no such place, for within a piece nobody knows.
 */
export function tokensBefore(marks: readonly Mark[], from: number, written: readonly Mark[]): number | undefined {
  const known = new Map<number, number>();
  for (const { tokens, length } of marks) if (length >= from && !known.has(length)) known.set(length, tokens);
  for (const { tokens, length } of [{ tokens: 0, length: 0 }, ...written]) {
    const all = known.get(from + length);
    if (all !== undefined) return all - tokens;
  }
  return undefined;
}
