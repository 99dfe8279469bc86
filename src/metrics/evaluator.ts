import type { Metric } from '../core/index.ts';
import { type UserScore, userMetric } from './user-metric.ts';

const added = new Map<string, Metric>();

/** Metrics of the user's own, in code: `evaluator.addMetric('brevity', (prediction, reference) => …)`. */
export const evaluator = {
  /**
   * A score of each answer against its reference, sync or async, more being better; a later one replaces an earlier
   * one of the same name. What throws or gives no finite number is a missing value with a warning.
   * @throws TtcError E_ARGUMENT for a name that is taken or is no word
   */
  addMetric(name: string, score: UserScore, about?: string): void {
    added.set(name, userMetric(name, score, about));
  },
  /** What was added so far. */
  metrics: (): Metric[] => [...added.values()],
};
