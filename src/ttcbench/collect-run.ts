/** A run folder as a report needs it: its trials as rows, collected by cell, and what the manifest says of them. */
import { blockSizesOf } from '../assembly/block-sizes.ts';
import { checkMargin } from '../assembly/check-metrics.ts';
import { readFloors } from '../assembly/constant-answers.ts';
import { builtBenchmarks } from '../benchmarks/index.ts';
import { endedAsAsked, type Prices, type Sample, type Trial, wordsOfStop } from '../core/index.ts';
import { metrics as builtMetrics, objectivesOf } from '../metrics/index.ts';
import { userMetrics } from '../modules/user-metrics.ts';
import { policies } from '../policies/index.ts';
import { type Collected, collectRows, columnsOfReport, type ReportInput, type ReportRun } from '../report/index.ts';
import { actsOverApi, createMeasure, measureTrials, type RunAbout } from '../rows/index.ts';
import type { RunManifest, SessionRecord } from '../store/manifest.ts';
import { type LineCounts, type ReadRun, readRun } from '../store/read-run.ts';
import { readScores, withRescored } from '../store/rescored.ts';
import { stopOf } from '../store/session-stop.ts';
import { lackingMetrics, recallModules, rememberedSlo } from './remembered-metrics.ts';

/** What a report is made of, and metrics that the run had and nobody gives now: such a report has fewer columns. */
export interface CollectedRun extends ReportInput {
  lacking: readonly string[];
}

export interface CollectOptions {
  margin?: Record<string, number> | undefined;
  /** Modules with metrics of the user's own. */
  metrics?: readonly string[] | undefined;
  /** Limits on metrics that every trial should keep, in place of those the run was given. */
  slo?: Readonly<Record<string, number>> | undefined;
}

/** Reads each trial once, and holds no more of them than one and the baseline's of the same sample. */
export async function collectRun(
  path: string,
  { margin = {}, metrics = [], slo }: CollectOptions = {},
): Promise<CollectedRun> {
  const read = readRun(path);
  using scores = readScores(path);
  const { manifest } = read;
  const { modules, problems } = recallModules(path, manifest, metrics);
  const extra = await userMetrics(modules);
  const lacking = lackingMetrics(manifest, extra);
  checkMargin(margin, [...builtMetrics, ...extra]);
  const samples = samplesOf(read);
  const objectives = objectivesOf(slo && Object.keys(slo).length > 0 ? slo : rememberedSlo(manifest), [
    ...builtMetrics,
    ...extra,
  ]);
  const acts = actsOf(read);
  const measure = createMeasure({
    ...{ run: path, samples, extra, objectives },
    prices: manifest?.model.prices as Prices | undefined,
    headlines: headlinesOf(samples.keys()),
    counters: Object.assign({}, ...policies.map((policy) => policy.counters)),
    columns: columnsOfReport(acts),
  });
  const collected = await collectRows(measureTrials(rescored(read.trials(), scores), measure), {
    ...{ run: runAbout(read, [...samples.keys()]), acts, extra },
    starts: manifest?.sessions.map(({ started_at }) => started_at),
  });
  const floors = readFloors(path);
  const about = reportRun(read, scores);
  if (floors.isDamaged) about.notes = [...(about.notes ?? []), 'floors.json is damaged and was left out'];
  return {
    lacking: [...lacking],
    ...{
      run: about,
      collected: withWarnings(collected, lacking.length > 0 ? [...problems, lackingWords(lacking)] : []),
      acts,
      extra,
      objectives,
      headlines: measure.headlines,
    },
    margin: { ...manifest?.config.margin, ...margin },
    blocks: read.blocks,
    blockSizes: blockSizesOf(read.plan.cells),
    floors: floors.floors,
  };
}

const withWarnings = (collected: Collected, said: readonly string[]): Collected => ({
  ...collected,
  warnings: [...collected.warnings, ...said],
});

const lackingWords = (lacking: readonly string[]) =>
  `the run had metrics that this report lacks (${lacking.join(', ')}): metrics_report.md is left as it was`;

function* rescored(trials: Iterable<Trial>, scores: Parameters<typeof withRescored>[1]): Generator<Trial> {
  for (const trial of trials) yield withRescored(trial, scores);
}

/** Benchmarks stand in `samples.jsonl` as the configuration has them, under the names of their cells. */
function runAbout({ path, manifest, plan, blocks }: ReadRun, benchmarks: readonly string[]): RunAbout {
  const session = manifest?.sessions.at(-1);
  const played = manifest?.config.policies ?? [];
  return {
    ...{ id: path, checks: manifest?.checks ?? {}, planned: plan.trials, blocks },
    incomplete: manifest && session?.status !== 'complete' ? whyLess(session) : undefined,
    doubts: manifest?.sessions.flatMap(({ doubts = [] }) => doubts) ?? [],
    order: { benchmarks, policies: played.map(({ name, label }) => label ?? name) },
  };
}

function whyLess(session: SessionRecord | undefined): string {
  const stop = session && stopOf(session);
  return stop && endedAsAsked(stop) ? wordsOfStop(stop) : 'the run is not complete';
}

/** After the trials were read: only then is all damage known. */
function reportRun({ path, manifest, damage }: ReadRun, scores: LineCounts): ReportRun {
  if (!manifest) return { id: path, notes: damage(scores) };
  return {
    id: path,
    command: manifest.checks.command ?? '',
    version: `ttcbench ${manifest.versions.ttcbench}, Node ${manifest.versions.node}`,
    started_at: manifest.created_at,
    ended_at: manifest.sessions.at(-1)?.ended_at,
    machine: machineLine(manifest),
    notes: damage(scores),
  };
}

function machineLine({ hardware, checks: { threads, library } }: RunManifest): string {
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

/** Which counter says that a variant acted, as the run noted; of a composition, all members'. */
function actsOf({ plan, manifest }: ReadRun): Record<string, readonly string[]> {
  const noted = manifest?.checks.acts ?? {};
  const names = new Set(plan.cells.map((job) => job.cell.policy_name));
  const acts = [...names].map((name) => {
    const members = name.split('+');
    const counters = policies.flatMap(({ variants, acts }) =>
      acts && members.some((member) => Object.hasOwn(variants, member)) ? [acts] : [],
    );
    return [name, counters.length > 0 ? counters : [noted[name] ?? []].flat()] as const;
  });
  const overApi = policies.flatMap(({ variants, client }) =>
    client?.acts
      ? Object.keys(variants).map((variant) => [actsOverApi(variant), [client.acts as string]] as const)
      : [],
  );
  return Object.fromEntries([...acts, ...overApi].filter(([, counters]) => counters.length > 0));
}
