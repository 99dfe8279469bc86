/** A run folder, opened to be measured: its trials, their late scores, and what metrics have to know. */
import { builtBenchmarks } from '../benchmarks/index.ts';
import type { Metric, Objective, Prices, Sample, Trial } from '../core/index.ts';
import { metrics as builtMetrics, objectivesOf } from '../metrics/index.ts';
import { userMetrics } from '../modules/user-metrics.ts';
import { policies } from '../policies/index.ts';
import { createMeasure, type MeasuredTrial, measureTrials, type RunOrigin } from '../rows/index.ts';
import type { RunManifest } from '../store/manifest.ts';
import { type ReadRun, readRun } from '../store/read-run.ts';
import { type ReadScores, readScores, withRescored } from '../store/rescored.ts';
import { checkGivenMetrics } from './check-given-metrics.ts';
import { measureOnTwoThreads } from './measure-on-two-threads.ts';
import { lackingMetrics, recallModules, rememberedSlo } from './remembered-metrics.ts';

export interface OpenRunOptions {
  /** Modules with metrics of the user's own. */
  metrics?: readonly string[] | undefined;
  /** Limits on metrics that every trial should keep, in place of those the run was given. */
  slo?: Readonly<Record<string, number>> | undefined;
  /** Of the metrics of the user's own only these. Default: all that the process knows. */
  own?: readonly string[] | undefined;
}

export interface OpenedRun extends Disposable {
  read: ReadRun;
  scores: ReadScores;
  /** Benchmark → sample id → sample. */
  samples: ReadonlyMap<string, ReadonlyMap<string, Sample>>;
  /** Metrics of the user's own. */
  extra: readonly Metric[];
  /** Modules that they came from. */
  modules: readonly string[];
  /** Metrics that the run had and nobody gives now. */
  lacking: readonly string[];
  /** Why: a sentence each. */
  problems: readonly string[];
  objectives: readonly Objective[];
  /** @param columns those of facts and counters that are wanted; default all */
  measure(columns?: ReadonlySet<string>): RowMaker;
}

export interface RowMaker {
  /** Trials have to come pair by pair, the baseline's first, as a `ReadRun` gives them. */
  rows(trials: Iterable<Trial>): AsyncIterable<MeasuredTrial>;
  /** Those of all trials of the run. */
  allRows(): AsyncIterable<MeasuredTrial>;
  /** Benchmark → its headline score. */
  headlines: ReadonlyMap<string, string>;
}

/** What policies declare: counter → what it counts. */
export const declaredCounters = (): Record<string, string> =>
  Object.assign({}, ...policies.map((policy) => policy.counters));

export async function openRun(path: string, { metrics = [], slo, own }: OpenRunOptions = {}): Promise<OpenedRun> {
  const read = readRun(path);
  const { manifest } = read;
  const { modules, problems } = recallModules(path, manifest, metrics);
  checkGivenMetrics(read, metrics);
  const known = await userMetrics(modules);
  const extra = own ? known.filter(({ name }) => own.includes(name)) : known;
  const samples = samplesOf(read);
  const objectives = objectivesOf(slo && Object.keys(slo).length > 0 ? slo : rememberedSlo(manifest), [
    ...builtMetrics,
    ...extra,
  ]);
  const scores = readScores(path);
  return {
    ...{ read, scores, samples, extra, modules, problems, objectives },
    lacking: lackingMetrics(manifest, extra),
    measure(columns) {
      const about = {
        ...{ run: path, samples, objectives, columns },
        ...(manifest && { origin: originOf(manifest) }),
        prices: manifest?.model.prices as Prices | undefined,
        counters: declaredCounters(),
      };
      const measure = createMeasure({ ...about, extra, headlines: headlinesOf(samples.keys()) });
      const rows = (trials: Iterable<Trial>) => measureTrials(rescored(trials, scores), measure);
      // Metrics of the user's own are functions of this thread, and late scores are read from a file that it holds open.
      const isAlone = extra.length > 0 || scores.size > 0;
      return {
        ...{ headlines: measure.headlines, rows },
        allRows: () => (isAlone ? rows(read.trials()) : measureOnTwoThreads(read, measure, about)),
      };
    },
    [Symbol.dispose]: () => scores[Symbol.dispose](),
  };
}

function* rescored(trials: Iterable<Trial>, scores: ReadScores): Generator<Trial> {
  for (const trial of trials) yield withRescored(trial, scores);
}

/** What a row says of its run. */
export function originOf(manifest: RunManifest): RunOrigin {
  const { temperature, maxTokens } = manifest.config;
  const { ttcbench } = manifest.versions;
  return {
    ...{ run_id: manifest.id, machine: machineLine(manifest) },
    ...(typeof ttcbench === 'string' && { version: ttcbench }),
    ...(typeof temperature === 'number' && { temperature }),
    ...(typeof maxTokens === 'number' && { max_tokens: maxTokens }),
  };
}

export function machineLine({ hardware, checks: { threads, library } }: RunManifest): string {
  const { cpu, cores, memory_gib, system } = hardware;
  const engine = [library && `, ${library}`, threads !== undefined && `, engine threads ${threads}`];
  return `${cpu}, ${cores} cores, ${memory_gib} GiB, ${system}${engine.filter(Boolean).join('')}`;
}

/** The first score of every benchmark, under the name its cells have: options that matter stand in brackets. */
function headlinesOf(labels: Iterable<string>): Record<string, string> {
  const found = [...labels].map((label) => {
    const name = label.replace(/\[.*\]$/, '');
    return [label, builtBenchmarks.find((benchmark) => benchmark.name === name)?.scores[0]] as const;
  });
  return Object.fromEntries(found.filter((pair): pair is [string, string] => pair[1] !== undefined));
}

function samplesOf({ samples }: ReadRun): Map<string, Map<string, Sample>> {
  const found = new Map<string, Map<string, Sample>>();
  for (const { benchmark, ...sample } of samples) {
    if (!found.has(benchmark)) found.set(benchmark, new Map());
    found.get(benchmark)?.set(sample.id, sample);
  }
  return found;
}
