/** Lexical coverage of business topics, and nothing more: which groups of words of a lexicon an answer uses. */
import type { Metric, Trial } from '../core/index.ts';
import { coverages, lexicons } from '../scorers/index.ts';

/** The answer is read once for all lexicons. */
const read = new WeakMap<Trial, Record<string, number>>();

function coverageOf(trial: Trial): Record<string, number> | undefined {
  if (!trial.answer) return undefined;
  const known = read.get(trial) ?? coverages(trial.answer.text, lexicons);
  read.set(trial, known);
  return known;
}

export const businessMetrics: readonly Metric[] = lexicons.map(({ name, about }) => ({
  ...{ name, about, group: 'business', unit: 'score', better: 'neither', missing: 'there is no answer' },
  of: (trial) => coverageOf(trial)?.[name],
}));
