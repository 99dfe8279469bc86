/** From a finished trial to its row. */
import type { Metric, MetricContext, Objective, Prices, Sample, Trial } from '../core/index.ts';
import { computeMetrics, createPatience, type MetricFault } from '../metrics/index.ts';
import type { Column, Source, Value } from './columns/column.ts';
import { counterColumn, sharedCounters, tallyTotals } from './columns/counters.ts';
import { pairOf } from './columns/identity.ts';
import { baselineName } from './names.ts';
import { factColumns, isRegistered, type Row } from './row.ts';

/** What measuring has to know besides the trials. */
export interface MeasureAbout {
  /** Folder of the run. */
  run: string;
  /** Benchmark → sample id → sample. */
  samples: ReadonlyMap<string, ReadonlyMap<string, Sample>>;
  prices?: Prices | undefined;
  /** Benchmark → its headline score (default: the first score that one of its trials carries). */
  headlines?: Readonly<Record<string, string>> | undefined;
  /** What every trial should keep (`--slo`). */
  objectives?: readonly Objective[] | undefined;
  /** The user's own metrics. */
  extra?: readonly Metric[] | undefined;
  /** What policies declare: counter → what it counts. */
  counters?: Readonly<Record<string, string>> | undefined;
}

export interface MeasuredTrial {
  row: Row;
  /** Metrics that failed. */
  faults: readonly MetricFault[];
}

export interface Measure {
  /** @param twin the baseline's trial of the same sample and repeat */
  measure(trial: Trial, twin: Trial | undefined): Promise<MeasuredTrial>;
  /** Benchmark → its headline score, as far as trials were measured. */
  headlines: ReadonlyMap<string, string>;
}

/** Measures one trial after the other and keeps none of them. Calls no model. */
export function createMeasure(about: MeasureAbout): Measure {
  const { run, samples, prices, objectives, extra = [] } = about;
  const headlines = new Map(Object.entries(about.headlines ?? {}));
  const patience = createPatience();
  const own = new Set(extra.map(({ name }) => name));
  const declared = new Set([...Object.keys(sharedCounters), ...Object.keys(about.counters ?? {})]);
  return {
    headlines,
    async measure(trial, twin) {
      const { benchmark } = trial.cell;
      const [first] = Object.keys(trial.scores);
      if (first !== undefined && !headlines.has(benchmark)) headlines.set(benchmark, first);
      const sample = samples.get(benchmark)?.get(trial.sample);
      const headline = headlines.get(benchmark);
      const context: MetricContext = {
        // A sample that is not on record scores nothing, but its trial keeps its times.
        sample: sample ?? { id: trial.sample, prompt: '', reference: '' },
        ...(twin && { baseline: twin }),
        ...(prices && { prices }),
        ...(headline !== undefined && { headline }),
        ...(objectives && { objectives }),
      };
      const { values, faults } = await computeMetrics(trial, context, extra, patience);
      const row = factsOf(trial, sample, run);
      addMetrics(row, values, own);
      addCounters(row, trial, declared);
      return { row: row as Row, faults };
    },
  };
}

/**
 * Rows of trials that come pair by pair, the baseline's first: that of the pair is the only one held.
 * @see `inPairs` for trials in any order
 */
export async function* measureTrials(trials: Iterable<Trial>, { measure }: Measure): AsyncGenerator<MeasuredTrial> {
  let twin: Trial | undefined;
  let pair = '';
  for (const trial of trials) {
    const own = pairOf(trial);
    if (own !== pair) twin = undefined;
    pair = own;
    if (trial.cell.policy_name === baselineName) twin = trial;
    yield measure(trial, twin);
  }
}

/** Trials pair by pair in the order of their first, the baseline's first. */
export function inPairs(trials: readonly Trial[]): Trial[] {
  const pairs = new Map<string, Trial[]>();
  for (const trial of trials) {
    const pair = pairOf(trial);
    const members = pairs.get(pair);
    if (!members) pairs.set(pair, [trial]);
    else if (trial.cell.policy_name === baselineName) members.unshift(trial);
    else members.push(trial);
  }
  return [...pairs.values()].flat();
}

type Draft = Record<string, Value>;

const facts: [string, Column][] = Object.entries(factColumns);

function factsOf(trial: Trial, sample: Sample | undefined, run: string): Draft {
  const source = { trial, sample, run };
  const draft: Draft = {};
  for (const [name, column] of facts) {
    const value = readColumn(column, source);
    if (value !== undefined) draft[name] = value;
  }
  return draft;
}

/** A trial whose line is damaged in a way that nobody saw loses the column, not the report. */
function readColumn(column: Column, source: Source): Value | undefined {
  try {
    const value = column.of(source);
    return typeof value === 'number' && !Number.isFinite(value) ? undefined : value;
  } catch {
    return undefined;
  }
}

function addMetrics(draft: Draft, values: Readonly<Record<string, number>>, own: ReadonlySet<string>): void {
  const own_metrics: Record<string, number> = {};
  const scores: Record<string, number> = {};
  for (const name in values) {
    const value = values[name] as number;
    if (isRegistered(name)) draft[name] = value;
    else if (own.has(name)) own_metrics[name] = value;
    else scores[name] = value;
  }
  draft.own_metrics = own_metrics;
  draft.scores = scores;
}

function addCounters(draft: Draft, trial: Trial, declared: ReadonlySet<string>): void {
  const { sums } = trial.counters;
  const others: Record<string, number> = {};
  for (const counter in sums) {
    if (declared.has(counter)) draft[counterColumn(counter)] = sums[counter] as number;
    else others[counter] = sums[counter] as number;
  }
  draft.other_counters = others;
  draft.tallies = tallyTotals(trial);
}
