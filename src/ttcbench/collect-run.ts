/** A run folder as a report needs it: its trials as rows, collected by cell, and what the manifest says of them. */
import { blockSizesOf } from '../assembly/block-sizes.ts';
import { checkMargin } from '../assembly/check-metrics.ts';
import { readFloors } from '../assembly/constant-answers.ts';
import { endedAsAsked, type Trial, wordsOfStop } from '../core/index.ts';
import { metrics as builtMetrics } from '../metrics/index.ts';
import { policies } from '../policies/index.ts';
import { type Collected, collectRows, columnsOfReport, type ReportInput, type ReportRun } from '../report/index.ts';
import { actsOverApi, type RunAbout } from '../rows/index.ts';
import type { SessionRecord } from '../store/manifest.ts';
import type { LineCounts, ReadRun } from '../store/read-run.ts';
import { stopOf } from '../store/session-stop.ts';
import { machineLine, openRun } from './open-run.ts';

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
  /** Sees every trial once, in the order of the collected rows. */
  onTrial?: ((trial: Trial) => void) | undefined;
  /** Trials that the report is of, as though the run held no others. @default all */
  isWanted?: ((trial: Trial) => boolean) | undefined;
}

/** Reads each trial once, and holds no more of them than one and the baseline's of the same sample. */
export async function collectRun(
  path: string,
  { margin = {}, metrics = [], slo, onTrial, isWanted }: CollectOptions = {},
): Promise<CollectedRun> {
  using opened = await openRun(path, { metrics, slo });
  const { read, scores, extra, lacking, problems, objectives, samples } = opened;
  const { manifest } = read;
  checkMargin(margin, [...builtMetrics, ...extra]);
  const acts = actsOf(read);
  const measure = opened.measure(columnsOfReport(acts));
  const rows = onTrial || isWanted ? measure.rows(seen(read.trials(), onTrial, isWanted)) : measure.allRows();
  const collected = await collectRows(rows, {
    ...{ run: runAbout(read, [...samples.keys()]), acts, extra },
    starts: manifest?.sessions.map(({ started_at }) => started_at),
  });
  // What constant answers score is known of whole benchmarks only.
  const floors = isWanted ? { floors: {}, isDamaged: false } : readFloors(path);
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

function* seen(
  trials: Iterable<Trial>,
  onTrial: CollectOptions['onTrial'],
  isWanted: CollectOptions['isWanted'] = () => true,
): Generator<Trial> {
  for (const trial of trials) {
    if (!isWanted(trial)) continue;
    onTrial?.(trial);
    yield trial;
  }
}

/** Benchmarks stand in `samples.jsonl` as the configuration has them, under the names of their cells. */
function runAbout({ path, manifest, plan, blocks }: ReadRun, benchmarks: readonly string[]): RunAbout {
  const session = manifest?.sessions.at(-1);
  const played = manifest?.config.policies ?? [];
  return {
    ...{ id: path, checks: manifest?.checks ?? {}, planned: plan.trials, blocks },
    incomplete: manifest && session?.status !== 'complete' ? whyLess(session) : undefined,
    doubts: manifest?.sessions.flatMap(({ doubts = [] }) => doubts) ?? [],
    workers: workersOf(manifest?.sessions ?? []),
    order: { benchmarks, policies: played.map(({ name, label }) => label ?? name) },
  };
}

function workersOf(sessions: readonly SessionRecord[]): RunAbout['workers'] {
  const most = (kind: keyof RunAbout['workers']) =>
    sessions.reduce((all, { workers }) => Math.max(all, Number(workers?.[kind]) || 1), 1);
  return { engines: most('engines'), clients: most('clients'), machines: most('machines') };
}

function whyLess(session: SessionRecord | undefined): string {
  const stop = session && stopOf(session);
  return stop && endedAsAsked(stop) ? wordsOfStop(stop) : 'the run is not complete';
}

/** After the trials were read: only then is all damage known. */
function reportRun({ path, manifest, damage }: ReadRun, scores: LineCounts): ReportRun {
  if (!manifest) return { id: path, notes: damage(scores) };
  const standIns = manifest.config.benchmarks.flatMap(({ name, standsFor }) =>
    typeof standsFor === 'string'
      ? `${standsFor} had no data: ${name}, our own generator, ran in its place, and its scores are none of ${standsFor}`
      : [],
  );
  return {
    id: path,
    command: manifest.checks.command ?? '',
    version: `ttcbench ${manifest.versions.ttcbench}, Node ${manifest.versions.node}`,
    started_at: manifest.created_at,
    ended_at: manifest.sessions.at(-1)?.ended_at,
    machine: machineLine(manifest),
    ...passPrices(manifest.checks.passMs),
    notes: [...standIns, ...damage(scores)],
  };
}

/** Left out unless it is what it should be: run.json may be of another version, or edited. */
function passPrices(value: unknown): Pick<ReportRun, 'pass_ms'> {
  if (value === null || typeof value !== 'object') return {};
  const prices = Object.entries(value).filter(([rows, ms]) => Number(rows) >= 1 && Number.isFinite(ms) && ms > 0);
  return prices.length > 1 && prices.some(([rows]) => rows === '1') ? { pass_ms: Object.fromEntries(prices) } : {};
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
