import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { blockSizesOf } from '../assembly/block-sizes.ts';
import { checkMargin } from '../assembly/check-metrics.ts';
import { readFloors } from '../assembly/constant-answers.ts';
import { builtBenchmarks } from '../benchmarks/index.ts';
import { endedAsAsked, type Prices, type Sample, type Trial, wordsOfStop } from '../core/index.ts';
import { metrics as builtMetrics, objectivesOf } from '../metrics/index.ts';
import { userMetrics } from '../modules/user-metrics.ts';
import { policies } from '../policies/index.ts';
import { buildReport, coreDoubts, type Report, type ReportInput, renderMarkdown } from '../report/index.ts';
import type { RunManifest, SessionRecord } from '../store/manifest.ts';
import { type ReadRun, readRun } from '../store/read-run.ts';
import { readScores, withRescored } from '../store/rescored.ts';
import { stopOf } from '../store/session-stop.ts';
import { batchNotes } from './batch-notes.ts';
import { bundleNotes } from './bundle-notes.ts';
import { replayNotes } from './replay-notes.ts';

export interface ReportOptions {
  margin?: Record<string, number>;
  /** Modules with metrics of the user's own. */
  metrics?: readonly string[];
  /** Limits on metrics that every trial should keep, in place of those the run was given. */
  slo?: Readonly<Record<string, number>>;
  /** Write `metrics_report.md` into the run folder, and unless only `folder` is meant into the working directory. */
  write?: boolean | 'folder';
}

/** The report of a run folder; a run may still be going on. */
export async function reportOn(path: string, options: ReportOptions = {}): Promise<Report> {
  const report = await buildReport(await reportInputOf(path, options));
  if (options.write) {
    const text = renderMarkdown(report);
    writeFileSync(join(path, 'metrics_report.md'), text);
    if (options.write !== 'folder') writeFileSync('metrics_report.md', text);
  }
  return report;
}

/** Everything a report is made from, as the run folder holds it. */
export async function reportInputOf(
  path: string,
  { margin, metrics = [], slo }: Pick<ReportOptions, 'margin' | 'metrics' | 'slo'> = {},
): Promise<ReportInput> {
  const read = readRun(path);
  const rescored = readScores(path);
  const trials = Array.from(read.trials(), (trial) => withRescored(trial, rescored));
  const run = about(read, trials.length);
  const extra = await userMetrics(metrics);
  checkMargin(margin ?? {}, [...builtMetrics, ...extra]);
  return {
    run: {
      ...run,
      notes: [
        ...(run.notes ?? []),
        ...coreDoubts(trials, read.blocks, threadsOf(read.manifest)).map(inDoubt),
        ...rowNotes(read.manifest?.checks),
        ...batchNotes(trials),
        ...replayNotes(trials, read.manifest?.checks.backend),
        ...bundleNotes(trials),
        ...comparisonNotes(trials, read.manifest?.checks),
      ],
    },
    trials,
    samples: samplesOf(read),
    margin: { ...read.manifest?.config.margin, ...margin },
    prices: read.manifest?.model.prices as Prices | undefined,
    extra,
    objectives: objectivesOf(slo ?? sloOf(read.manifest), [...builtMetrics, ...extra]),
    seconds: secondsOf(trials, read.manifest?.sessions),
    acts: actsOf(read),
    blocks: read.blocks,
    blockSizes: blockSizesOf(read.jobs),
    floors: readFloors(path),
    headlines: headlinesOf(trials),
  };
}

/** Unknown threads are taken for one: the engine's default. */
const threadsOf = (manifest: RunManifest | undefined) => Number(manifest?.checks.threads) || 1;

const sloOf = (manifest: RunManifest | undefined) => (manifest?.checks.slo ?? {}) as Record<string, number>;

/** Per session from the first intended send to the last end: the time between two sessions is nobody's. */
function secondsOf(trials: readonly Trial[], sessions: RunManifest['sessions'] = []): number {
  const starts = sessions.map(({ started_at }) => Date.parse(started_at));
  const spans = new Map<number, { from: number; to: number }>();
  for (const { turns, ended_at } of trials) {
    const to = Date.parse(ended_at);
    const from = turns[0] ? Date.parse(turns[0].started_at) : to;
    const session = starts.findLastIndex((start) => start <= to);
    const span = spans.get(session) ?? { from, to };
    spans.set(session, { from: Math.min(span.from, from), to: Math.max(span.to, to) });
  }
  return [...spans.values()].reduce((sum, { from, to }) => sum + (to - from) / 1000, 0);
}

const inDoubt = (doubt: string) => `times of this run are in doubt: ${doubt}`;

function about({ path, manifest, jobs, damage }: ReadRun, count: number): Report['run'] {
  if (!manifest) return { id: path, notes: damage };
  const session = manifest.sessions.at(-1);
  const doubts = manifest.sessions.flatMap((one) => one.doubts ?? []);
  return {
    id: path,
    command: String(manifest.checks.command ?? ''),
    version: `ttcbench ${manifest.versions.ttcbench}, Node ${manifest.versions.node}`,
    started_at: manifest.created_at,
    ended_at: session?.ended_at,
    machine: machineLine(manifest),
    notes: [
      ...damage,
      ...new Set(doubts.map(inDoubt)),
      ...(session?.status === 'complete'
        ? []
        : [`${whyLess(session)}: ${count} of ${jobs.length} planned trials are finished`]),
    ],
  };
}

function whyLess(session: SessionRecord | undefined): string {
  const stop = session && stopOf(session);
  return stop && endedAsAsked(stop) ? wordsOfStop(stop) : 'the run is not complete';
}

/** The first score of every benchmark, under the name its cells have: options that matter stand in brackets. */
function headlinesOf(trials: readonly Trial[]): Record<string, string> {
  const labels = new Set(trials.map(({ cell }) => cell.benchmark));
  const found = [...labels].map((label) => {
    const name = label.replace(/\[.*\]$/, '');
    return [label, builtBenchmarks.find((benchmark) => benchmark.name === name)?.scores[0]] as const;
  });
  return Object.fromEntries(found.filter((pair): pair is [string, string] => pair[1] !== undefined));
}

/** Why nothing that shares passes is called exact. */
function rowNotes({ rowInvariance }: Record<string, unknown> = {}): string[] {
  const { label, differing } = (rowInvariance ?? {}) as { label?: string; differing?: readonly number[] };
  if (label !== 'numeric') return [];
  return [
    `on this machine a row's last bits depend on how many share its pass (${differing?.join(', ')} rows): only the baseline and its controls are called exact`,
  ];
}

/** What compared texts, and why nothing did. */
function comparisonNotes(trials: readonly Trial[], checks: Record<string, unknown> = {}): string[] {
  const finished = trials.filter(({ status }) => status === 'ok');
  const encoders = new Set(finished.flatMap(({ encoder }) => encoder ?? []));
  const without = finished.filter(({ encoder }) => encoder === undefined).length;
  return [
    ...Object.entries((checks.similarity as Record<string, string> | undefined) ?? {}).map(
      ([benchmark, by]) => `${benchmark} compares texts by: ${by}; scores of another similarity do not compare`,
    ),
    ...[...encoders].map((encoder) => `semantic_similarity is the cosine by ${encoder}`),
    ...(without > 0 && checks.no_encoder
      ? [`semantic_similarity is missing in ${without} of ${finished.length} trials: ${checks.no_encoder}`]
      : []),
  ];
}

function machineLine({ hardware, checks }: RunManifest): string {
  const { cpu, cores, memory_gib, system } = hardware;
  const threads = checks.threads === undefined ? '' : `, engine threads ${String(checks.threads)}`;
  const library = checks.library === undefined ? '' : `, ${String(checks.library)}`;
  return `${cpu}, ${cores} cores, ${memory_gib} GiB, ${system}${library}${threads}`;
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
function actsOf({ jobs, manifest }: ReadRun): Record<string, readonly string[]> {
  const noted = (manifest?.checks.acts ?? {}) as Record<string, string>;
  const names = new Set(jobs.map((job) => job.cell.policy_name));
  const acts = [...names].map((name) => {
    const members = name.split('+');
    const counters = policies.flatMap(({ variants, acts }) =>
      acts && members.some((member) => Object.hasOwn(variants, member)) ? [acts] : [],
    );
    return [name, counters.length > 0 ? counters : [noted[name] ?? []].flat()] as const;
  });
  return Object.fromEntries(acts.filter(([, counters]) => counters.length > 0));
}
