import { stem } from './porter-stemmer.ts';

/**
 * Lexical coverage of a topic: the share of its concepts that a text mentions. It counts words and nothing more: a
 * text can cover a topic and be wrong, unkind or nonsense. Read it beside a quality score, never instead of one.
 */
export interface Lexicon {
  name: string;
  /** One sentence: what the lexicon is about. */
  about: string;
  /** Where the list comes from. */
  source: string;
  /** Concept → phrases that mention it, in lower case; words are compared by their stems. */
  concepts: Readonly<Record<string, readonly string[]>>;
}

/** Marks of layout, which phrases may name. Capitals keep them apart from the text, which is lower-cased before. */
const layout: readonly (readonly [RegExp, string])[] = [
  [/^[ \t]*(?:[-*•]|\d{1,3}[.)])[ \t]+/gm, ' ITEM '],
  [/^[ \t]*(?:#{1,6}[ \t]+|\*\*(?=[^*\n]{1,80}\*\*:?[ \t]*$))/gm, ' HEADING '],
  [/\n[ \t]*\n/g, ' PARAGRAPH '],
];

/** Stands between clauses: phrases do not cross it, and a negation ends there. */
const clauseEnd = '|';
const negators = new Set(['not', 'no', 'never', 'without', 'neither', 'nor', 'nobody', 'nothing', 'none']);
const only = stem('only');
/** A negation reaches this many words. */
const negationReach = 3;

const isLayout = (word: string) => word.charCodeAt(0) <= 90 && /^[A-Z]+$/.test(word);
const clauseEnds = new Set(['but', ...'.,;:!?()\n']);
const isClauseEnd = (word: string) => clauseEnds.has(word);

/** The word as it is compared: its stem, or the layout mark it is. */
const comparable = (word: string) => (isLayout(word) ? word : stem(word));

/** The words of a text with layout marks and clause ends. */
function readWords(text: string): string[] {
  let marked = text.toLowerCase();
  for (const [pattern, mark] of layout) marked = marked.replace(pattern, mark);
  const spelledOut = marked.replace(/\bcannot\b|\bcan['’]t\b/g, 'can not').replace(/n['’]t\b/g, ' not');
  const words = spelledOut.match(/[\p{L}\p{N}]+|[.,;:!?()\n]/gu) ?? [];
  return words.map((word) => (isClauseEnd(word) ? clauseEnd : comparable(word)));
}

/** True where a negator stands shortly before `start`, in the same clause; "not only" negates nothing. */
function isNegated(words: readonly string[], start: number): boolean {
  for (let at = start - 1; at >= 0 && at >= start - negationReach; at--) {
    const word = words[at] as string;
    if (word === clauseEnd || isLayout(word)) return false;
    if (negators.has(word)) return words[at + 1] !== only;
  }
  return false;
}

/** First stem of a phrase → the phrases that start with it. */
type Index = ReadonlyMap<string, readonly { words: readonly string[]; concept: string }[]>;

const indices = new WeakMap<Lexicon, Index>();

function indexOf(lexicon: Lexicon): Index {
  const known = indices.get(lexicon);
  if (known) return known;
  const index = new Map<string, { words: string[]; concept: string }[]>();
  for (const [concept, phrases] of Object.entries(lexicon.concepts))
    for (const phrase of phrases) {
      const words = phrase.split(' ').map(comparable);
      const first = words[0] as string;
      index.set(first, [...(index.get(first) ?? []), { words, concept }]);
    }
  indices.set(lexicon, index);
  return index;
}

function mentionedIn(words: readonly string[], lexicon: Lexicon): Set<string> {
  const index = indexOf(lexicon);
  const found = new Set<string>();
  words.forEach((word, start) => {
    for (const phrase of index.get(word) ?? [])
      if (!found.has(phrase.concept) && phrase.words.every((part, i) => words[start + i] === part))
        if (!isNegated(words, start)) found.add(phrase.concept);
  });
  return found;
}

/** The concepts that a text mentions at least once without negation, in the lexicon's order. */
export function coveredConcepts(text: string, lexicon: Lexicon): string[] {
  const found = mentionedIn(readWords(text), lexicon);
  return Object.keys(lexicon.concepts).filter((concept) => found.has(concept));
}

const shareIn = (words: readonly string[], lexicon: Lexicon) =>
  mentionedIn(words, lexicon).size / Math.max(1, Object.keys(lexicon.concepts).length);

/** Share of the lexicon's concepts that the text mentions, in [0, 1]; 0 where the lexicon has none. */
export function coverage(text: string, lexicon: Lexicon): number {
  return shareIn(readWords(text), lexicon);
}

/** `coverage` of several lexicons by name, reading the text once. */
export function coverages(text: string, lexicons: readonly Lexicon[]): Record<string, number> {
  const words = readWords(text);
  return Object.fromEntries(lexicons.map((lexicon) => [lexicon.name, shareIn(words, lexicon)]));
}
