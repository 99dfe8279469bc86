/** From a finished trial to its row. */
import type { Metric, MetricContext, Objective, Prices, Sample, Trial } from '../core/index.ts';
import { computeMetrics, createPatience, type MetricFault, metrics } from '../metrics/index.ts';
import type { Column, RunOrigin, Source, Value } from './columns/column.ts';
import { counterColumn, sharedCounters, tallyTotals } from './columns/counters.ts';
import { pairOf } from './columns/identity.ts';
import { baselineName } from './names.ts';
import { factColumns, isRegistered, type Row } from './row.ts';

/** What measuring has to know besides the trials. */
export interface MeasureAbout {
  /** Folder of the run. */
  run: string;
  origin?: RunOrigin | undefined;
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
  /**
   * Columns of facts and counters that are wanted (metrics and maps are always there): rows with fewer are made sooner.
   * @default all
   */
  columns?: ReadonlySet<string> | undefined;
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
  const { run, origin, samples, prices, objectives, extra = [] } = about;
  const headlines = new Map(Object.entries(about.headlines ?? {}));
  const patience = createPatience();
  const own = new Set(extra.map(({ name }) => name));
  const isWanted = (name: string) => about.columns?.has(name) ?? true;
  const facts = Object.entries(factColumns).filter(([name]) => isWanted(name)) as [string, Column][];
  const counters = [...Object.keys(sharedCounters), ...Object.keys(about.counters ?? {})];
  const empty = emptyRow([
    ...metrics.map(({ name }) => name),
    ...facts.map(([name]) => name),
    ...counters.map(counterColumn).filter(isWanted),
    ...['own_metrics', 'scores', 'other_counters', 'tallies'],
  ]);
  /** Counter → its column, or none where it is not wanted. */
  const places = new Map(
    counters.map((name) => [name, isWanted(counterColumn(name)) ? counterColumn(name) : undefined]),
  );
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
      const open = (extra.length > 0 ? {} : { ...empty }) as Record<string, number>;
      const { values, faults } = await computeMetrics(trial, context, extra, patience, open);
      // The same record goes on as the row: to copy what was measured would cost as much as to measure it.
      const row: Draft = values;
      setApart(row, trial, own);
      addCounters(row, trial, places);
      addFacts(row, { trial, sample, run, origin }, facts);
      return { row: row as Row, faults };
    },
  };
}

/**
 * Rows of trials that come pair by pair, the baseline's trial first. Only the baseline's trial of the current pair is kept
 * in memory.
 * @see `inPairs` for trials in any order
 */
export async function* measureTrials(trials: Iterable<Trial>, { measure }: Measure): AsyncGenerator<MeasuredTrial> {
  let twin: Trial | undefined;
  for (const trial of trials) {
    if (trial.cell.policy_name === baselineName) twin = trial;
    yield measure(trial, twin && isPair(trial, twin) ? twin : undefined);
  }
}

const isPair = (a: Trial, b: Trial) =>
  a.sample === b.sample &&
  a.repeat === b.repeat &&
  a.cell.benchmark === b.cell.benchmark &&
  a.cell.backend === b.cell.backend &&
  a.cell.model === b.cell.model;

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

/**
 * The places of a row's values, to be copied: a record that got a hundred names one after the other would be a hash table,
 * which takes twice as long to fill and to read. Only the parser of JSON makes so wide a record at once.
 */
function emptyRow(names: readonly string[]): Partial<Draft> {
  const empty = JSON.parse(JSON.stringify(Object.fromEntries(names.map((name) => [name, null]))));
  for (const name of names) empty[name] = undefined;
  return empty;
}

function addFacts(draft: Draft, source: Source, facts: readonly [string, Column][]): void {
  for (const [name, column] of facts) {
    const value = readColumn(column, source);
    if (value !== undefined) draft[name] = value;
  }
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

/** Numbers that no registry knows go into maps: they may have the name of a column. */
function setApart(draft: Draft, { scores }: Trial, own: ReadonlySet<string>): void {
  const move = (names: Iterable<string>) => {
    const moved: Record<string, number> = {};
    for (const name of names) {
      if (isRegistered(name) || typeof draft[name] !== 'number') continue;
      moved[name] = draft[name];
      delete draft[name];
    }
    return moved;
  };
  const [own_metrics, others] = [move(own), move(Object.keys(scores))];
  draft.own_metrics = own_metrics;
  draft.scores = others;
}

function addCounters(draft: Draft, trial: Trial, places: ReadonlyMap<string, string | undefined>): void {
  const { sums } = trial.counters;
  const others: Record<string, number> = {};
  for (const counter in sums) {
    const column = places.get(counter);
    if (column !== undefined) draft[column] = sums[counter] as number;
    else if (!places.has(counter)) others[counter] = sums[counter] as number;
  }
  draft.other_counters = others;
  draft.tallies = tallyTotals(trial);
}
