import { type Metric, type MetricContext, plainText, type Trial, type Unit } from '../core/index.ts';
import { sloAttainment } from './objectives.ts';
import { createPatience, type Patience } from './patience.ts';
import { metrics } from './registry.ts';

export interface MetricValues {
  values: Record<string, number>;
  /** Every metric that failed, and what happened. */
  faults: MetricFault[];
}

export interface MetricFault {
  metric: string;
  /** `it failed: …`, `NaN is not a finite number` */
  problem: string;
}

const timed: ReadonlySet<Unit> = new Set(['ms', 's', 'tokens/s']);

/**
 * All metrics of a trial, the user's own (`extra`) and scores that only its benchmark knows. A metric that has no
 * meaning for the trial is absent; one that throws, never settles or gives no finite number is absent with a warning.
 * A failed trial has its reward and its share of objectives kept (0) and nothing else, an unsupported one has nothing;
 * one that was replayed has no times. Calls no model.
 * @param values what they are put into; names that have no value yet may stand there
 */
export async function computeMetrics(
  trial: Trial,
  about: MetricContext,
  extra: readonly Metric[] = [],
  patience: Patience = createPatience(),
  values: Record<string, number> = {},
): Promise<MetricValues> {
  const result: MetricValues = { values, faults: [] };
  if (trial.status === 'unsupported') return result;
  const failed = trial.status === 'failed';
  // Played again in a process that had just started, and alone even where it belongs to a block.
  const hasNoTimes = Boolean(trial.replays);
  const isAsked = ({ name, unit }: Metric) => (failed ? name === 'reward' : !(hasNoTimes && timed.has(unit)));
  for (const metric of metrics) {
    if (!isAsked(metric)) continue;
    const later = addMetric(result, metric, trial, about, patience);
    // Most metrics are synchronous, and an await each would cost more than they do.
    if (later) await later;
  }
  for (const metric of extra)
    if (isAsked(metric)) await addMetric(result, metric, trial, { ...about, values: result.values }, patience);
  if (!failed) addOtherScores(result, trial);
  await addMetric(result, sloAttainment, trial, { ...about, values: result.values }, patience);
  return result;
}

function addMetric(
  result: MetricValues,
  metric: Metric,
  trial: Trial,
  about: MetricContext,
  patience: Patience,
): Promise<void> | undefined {
  const { name } = metric;
  const problem = patience.over(name);
  if (problem) return void result.faults.push({ metric: name, problem });
  try {
    const given = metric.of(trial, about);
    if (given instanceof Promise)
      return patience.wait(name, given).then(
        (value) => addValue(result, name, value),
        (error) => addFailure(result, name, error),
      );
    addValue(result, name, given);
  } catch (error) {
    addFailure(result, name, error);
  }
  return undefined;
}

function addFailure({ faults }: MetricValues, metric: string, error: unknown): void {
  const message = plainText(error instanceof Error ? error.message : String(error), 300);
  faults.push({ metric, problem: `it failed: ${message}` });
}

function addValue({ values, faults }: MetricValues, name: string, value: number | undefined): void {
  if (value === undefined) return;
  if (Number.isFinite(value)) values[name] = value;
  else faults.push({ metric: name, problem: `${value} is not a finite number` });
}

function addOtherScores(result: MetricValues, trial: Trial): void {
  for (const [name, value] of Object.entries(trial.scores)) {
    if (result.values[name] !== undefined) continue;
    if (Number.isFinite(value)) result.values[name] = value;
    else result.faults.push({ metric: name, problem: `${value} is not a finite number` });
  }
}
