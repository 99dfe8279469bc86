import type { Metric } from '../core/index.ts';
import { type ExpressionOptions, expressionMetric } from './expression-metric.ts';
import { type UserMetricOptions, type UserScore, userMetric } from './user-metric.ts';

const added = new Map<string, Metric>();

/** Metrics of the user's own, in code: `evaluator.addMetric('brevity', (prediction, reference) => …)`. */
export const evaluator = {
  /**
   * A number for each answer against its reference, sync or async: a score in [0, 1], more being better, unless the
   * options say otherwise. A later one replaces an earlier one of the same name. What throws, takes longer than a
   * minute or gives no finite number is a missing value with a warning.
   * @throws TtcError E_ARGUMENT for a name that is taken or is no word, and for a unit or a side that is none
   */
  addMetric(name: string, score: UserScore, options?: UserMetricOptions): void {
    added.set(name, userMetric(name, score, options));
  },
  /** An expression over columns, of which docs/metrics.md says what it may hold. @throws TtcError E_ARGUMENT */
  addExpression(name: string, options: ExpressionOptions): void {
    added.set(name, expressionMetric(name, options));
  },
  /** What was added so far. */
  metrics: (): Metric[] => [...added.values()],
};
