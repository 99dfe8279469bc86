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

/** First stem of a phrase → the phrases of all lexicons that start with it. */
type Index = ReadonlyMap<string, readonly { words: readonly string[]; lexicon: number; concept: string }[]>;

const indices = new WeakMap<readonly Lexicon[], { of: readonly Lexicon[]; index: Index }>();

function indexOf(lexicons: readonly Lexicon[]): Index {
  const known = indices.get(lexicons);
  // A caller may have changed the list.
  if (known?.of.length === lexicons.length && known.of.every((one, at) => one === lexicons[at])) return known.index;
  const index = new Map<string, { words: string[]; lexicon: number; concept: string }[]>();
  lexicons.forEach(({ concepts }, lexicon) => {
    for (const [concept, phrases] of Object.entries(concepts))
      for (const phrase of phrases) {
        const words = phrase.split(' ').map(comparable);
        const first = words[0] as string;
        index.set(first, [...(index.get(first) ?? []), { words, lexicon, concept }]);
      }
  });
  indices.set(lexicons, { of: [...lexicons], index });
  return index;
}

/** For each lexicon its concepts that are mentioned; the words are walked once for all. */
function mentionedIn(words: readonly string[], lexicons: readonly Lexicon[]): Set<string>[] {
  const index = indexOf(lexicons);
  const found = lexicons.map(() => new Set<string>());
  words.forEach((word, start) => {
    for (const { words: parts, lexicon, concept } of index.get(word) ?? []) {
      const own = found[lexicon] as Set<string>;
      if (own.has(concept) || !parts.every((part, i) => words[start + i] === part)) continue;
      if (!isNegated(words, start)) own.add(concept);
    }
  });
  return found;
}

const alone = new WeakMap<Lexicon, readonly Lexicon[]>();

/** A list that stays the same, so that its index is found again. */
function listOf(lexicon: Lexicon): readonly Lexicon[] {
  const list = alone.get(lexicon) ?? [lexicon];
  alone.set(lexicon, list);
  return list;
}

/** The concepts that a text mentions at least once without negation, in the lexicon's order. */
export function coveredConcepts(text: string, lexicon: Lexicon): string[] {
  const [found] = mentionedIn(readWords(text), listOf(lexicon));
  return Object.keys(lexicon.concepts).filter((concept) => found?.has(concept));
}

/** Share of the lexicon's concepts that the text mentions, in [0, 1]; 0 where the lexicon has none. */
export const coverage = (text: string, lexicon: Lexicon): number => coverages(text, listOf(lexicon))[lexicon.name] ?? 0;

/** `coverage` of several lexicons by name, reading the text once. */
export function coverages(text: string, lexicons: readonly Lexicon[]): Record<string, number> {
  const found = mentionedIn(readWords(text), lexicons);
  const share = ({ concepts }: Lexicon, at: number) =>
    (found[at] as Set<string>).size / Math.max(1, Object.keys(concepts).length);
  return Object.fromEntries(lexicons.map((lexicon, at) => [lexicon.name, share(lexicon, at)]));
}
