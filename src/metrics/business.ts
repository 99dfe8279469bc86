/** Lexical coverage of business topics, and nothing more: which groups of words of a lexicon an answer uses. */
import type { Metric } from '../core/index.ts';
import { coverages, lexicons } from '../scorers/index.ts';
import { remember } from './remember.ts';

/** An answer is read once for all lexicons. */
const coverageOf = remember((text) => coverages(text, lexicons));

export const businessMetrics: readonly Metric[] = lexicons.map(({ name, about }) => ({
  ...{ name, about, group: 'business', unit: 'score', better: 'neither', missing: 'there is no answer' },
  of: ({ answer }) => (answer ? coverageOf(answer.text, '')[name] : undefined),
}));
