/**
 * The words of a prompt, and which of them may be left out. What carries the task stays: numbers, negations, names,
 * code, JSON, tables, the question. What a word costs is decided elsewhere (prune-prompt.ts).
 */
import type { Message } from '../../core/index.ts';

/** A word with the whitespace before it. */
export interface Word {
  from: number;
  to: number;
  isProtected: boolean;
}

const negations = new Set(
  'no not never none nor neither without cannot can’t don’t doesn’t didn’t won’t isn’t aren’t wasn’t except unless only n’t'.split(
    ' ',
  ),
);

/** Spans that stay as they are: fenced and inline code, JSON, rows of tables, URLs and addresses, quoted text, tags. */
const structured = [
  /```[\s\S]*?(?:```|$)/g,
  /`[^`\n]+`/g,
  /^[ \t]*\|.*\|[ \t]*$/gm,
  /^[^\n]*\t[^\n]*$/gm,
  /^[^\n]*\S,\S[^\n]*,\S[^\n]*$/gm,
  /\{[^{}]*[:"][^{}]*\}/g,
  /\[[^[\]]*[",][^[\]]*\]/g,
  /<[^<>\s][^<>]*>/g,
  /\b\w+:\/\/\S+|\S+@\S+\.\S+/g,
  /"[^"\n]{1,200}"|“[^”\n]{1,200}”/g,
  /^[ \t]*(?:#{1,6} .*|[\w -]{1,40}:)[ \t]*$/gm,
];

/** Where the last question stands: the last paragraph, or of a single one its first and its last sentence. */
function questionSpans(text: string): [number, number][] {
  const trimmed = text.trimEnd();
  const paragraph = trimmed.search(/\n[ \t]*\n(?![\s\S]*\n[ \t]*\n)/);
  if (paragraph >= 0) return [[paragraph, text.length]];
  const ends = [...trimmed.matchAll(/[.!?](?=\s)/g)].map(({ index }) => index + 1);
  const last = ends.at(-1);
  if (last === undefined) return [[0, text.length]];
  return [
    [0, ends[0] as number],
    [last, text.length],
  ];
}

/** @param hasQuestion whether this is the message that has to be answered */
export function wordsOf(text: string, hasQuestion: boolean): Word[] {
  const kept: [number, number][] = hasQuestion ? questionSpans(text) : [];
  for (const pattern of structured)
    for (const { index, 0: found } of text.matchAll(pattern)) kept.push([index, index + found.length]);
  const inSpan = (from: number, to: number) => kept.some(([start, end]) => from < end && to > start);
  let sentenceStart = true;
  const words: Word[] = [];
  for (const { index, 0: found } of text.matchAll(/\s*\S+/g)) {
    const word = found.trimStart();
    const from = index + found.length - word.length;
    words.push({
      from: index,
      to: index + found.length,
      isProtected: inSpan(from, index + found.length) || mustStay(word, sentenceStart),
    });
    sentenceStart = /[.!?:]["'”’)]*$/.test(word);
  }
  return words;
}

/** Numbers, negations, names (capitals that do not begin a sentence), and words with signs inside. */
function mustStay(word: string, startsSentence: boolean): boolean {
  const plain = word.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '');
  if (/\p{N}/u.test(word)) return true;
  if (negations.has(plain.toLowerCase().replaceAll("'", '’')) || /n['’]t$/i.test(plain)) return true;
  if (/^\p{Lu}/u.test(plain) && (!startsSentence || /\p{Lu}/u.test(plain.slice(1)))) return true;
  return /[_/\\=<>{}[\]|@#$%^&*+~]/.test(word);
}

/** Messages whose text may be shortened: what users and tools said, not the system's words and not the model's own. */
export const mayPrune = ({ role }: Message): boolean => role === 'user';
