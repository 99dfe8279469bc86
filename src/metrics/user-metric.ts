import { type Metric, TtcError } from '../core/index.ts';
import { metrics } from './registry.ts';

/** A score of an answer's text against its reference. */
export type UserScore = (prediction: string, reference: string) => number | Promise<number>;

const names = new Set(metrics.map((metric) => metric.name));

/**
 * A metric of the user's own, more being better.
 * @throws TtcError E_ARGUMENT for a name that is taken or is no word
 */
export function userMetric(name: string, score: UserScore, about = 'A metric of your own.'): Metric {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    throw new TtcError('E_ARGUMENT', `${JSON.stringify(name)} cannot name a metric`, {
      help: 'use letters, digits and underscores, and no digit in front',
    });
  if (names.has(name))
    throw new TtcError('E_ARGUMENT', `there is a metric ${name} already`, { help: 'choose another name' });
  return {
    ...{ name, group: 'quality', unit: 'score', better: 'more', about },
    of: (trial, { sample }) => (trial.answer ? score(trial.answer.text, sample.reference) : undefined),
  };
}
