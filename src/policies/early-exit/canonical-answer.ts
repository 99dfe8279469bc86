/** When two answers are the same answer, and when a text is no answer at all. */

/** Words by which a model shows that it has not made up its mind (Dynasor, Fu et al. 2024, arXiv 2412.20993). */
const hedges = new Set(['wait', 'hold', 'but', 'okay', 'no', 'hmm']);

/** The first line with a word in it. */
export const firstLine = (text: string): string => /^\s*[^\n]*\S[^\n]*/.exec(text)?.[0].trimEnd() ?? '';

/**
 * Case, quotes, markup and the punctuation at both ends do not make another answer, nor does the way a number is
 * written. Undefined where the text is empty or hedges; a hedge word alone is an answer ("no").
 */
export function canonicalAnswer(text: string): string | undefined {
  const line = firstLine(text).toLowerCase().normalize('NFKC');
  const boxed = /\\boxed\{([^{}]*)\}/.exec(line)?.[1] ?? line;
  const plain = boxed
    .replace(/[*_`"'“”‘’$]/g, '')
    .replace(/\s+/g, ' ')
    .replace(/^[\s.,:;!?()[\]]+|[\s.,:;!?()[\]]+$/g, '');
  if (plain === '') return undefined;
  const words = plain.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
  if (words.length > 1 && words.some((word) => hedges.has(word))) return undefined;
  return /^[+-]?[\d,]*\.?\d+$/.test(plain) ? String(Number(plain.replaceAll(',', ''))) : plain;
}

/** The answer that most of them give, the first of equals, and how many give it. */
export function mostCommon(answers: readonly (string | undefined)[]): { answer: string; count: number } | undefined {
  const counts = new Map<string, number>();
  for (const answer of answers) if (answer !== undefined) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  let best: { answer: string; count: number } | undefined;
  for (const [answer, count] of counts) if (!best || count > best.count) best = { answer, count };
  return best;
}
