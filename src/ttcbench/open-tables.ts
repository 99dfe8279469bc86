/** Any number of run folders as one data set. The journal is the truth: Parquet that is stale or missing is made anew. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Prices, TtcError } from '../core/index.ts';
import { userMetrics } from '../modules/user-metrics.ts';
import { type RunManifest, readManifest } from '../store/manifest.ts';
import { RUN_FILES } from '../store/run-folder.ts';
import {
  createTrialsView,
  type DuckDBConnection,
  isFresh,
  type MeasuredWith,
  openDatabase,
  type Published,
  positionsRead,
  publish,
  readPublished,
  runStateOf,
  tableColumns,
} from '../tables/index.ts';
import { declaredCounters, type OpenRunOptions, openRun, originOf } from './open-run.ts';
import { lackingMetrics, ownMetricsOf, recallModules, rememberedSlo, rememberModules } from './remembered-metrics.ts';

export interface PublishOptions extends OpenRunOptions {
  /** Measure every trial again, whatever is there. */
  rebuild?: boolean | undefined;
}

export interface PublishedRun {
  /** Folder of the run, as it was named. */
  run: string;
  rows: number;
  /** Lines of journals that hold no trial: they have no row. */
  badLines: number;
  /** Whether its Parquet was as new as its journal, was brought up to date with new trials, or was made from all of them. */
  was: 'fresh' | 'grown' | 'rebuilt';
  /** What a reader of the rows must know: a sentence each. */
  notes: readonly string[];
}

export interface Tables extends Disposable {
  /** DuckDB with the view `trials`: one row a trial, of all runs. Times are in UTC. */
  connection: DuckDBConnection;
  runs: readonly PublishedRun[];
  /** Takes up what the runs have played meanwhile. */
  refresh(): Promise<readonly PublishedRun[]>;
}

/**
 * Takes no lock: runs may be going on, and others may do the same at the same time.
 * @param runs run folders
 * @throws E_DATA where a folder holds no run, or its Parquet cannot be written
 */
export async function openTables(runs: readonly string[], options: PublishOptions = {}): Promise<Tables> {
  if (runs.length === 0)
    throw new TtcError('E_ARGUMENT', 'no run folder is named', { help: 'name one or more: runs/*' });
  const database = await openDatabase();
  const { connection } = database;
  const folders = [...new Set(runs.map((run) => run.replace(/(?<=.)[/\\]+$/, '')))];
  const publishAll = async (given: PublishOptions) => {
    const published: PublishedRun[] = [];
    for (const run of folders) published.push(await bringUpToDate(connection, run, given));
    return published;
  };
  try {
    let published = await publishAll(options);
    await createTrialsView(connection, folders);
    return {
      connection,
      get runs() {
        return published;
      },
      async refresh() {
        published = await publishAll({ ...options, rebuild: false });
        return published;
      },
      [Symbol.dispose]: () => database[Symbol.dispose](),
    };
  } catch (error) {
    database[Symbol.dispose]();
    throw error;
  }
}

/** The rows of a run as Parquet in its folder, made from its journal where they are stale or missing. */
export async function publishTables(run: string, options: PublishOptions = {}): Promise<PublishedRun> {
  using database = await openDatabase();
  return await bringUpToDate(database.connection, run, options);
}

async function bringUpToDate(
  connection: DuckDBConnection,
  run: string,
  { rebuild = false, ...options }: PublishOptions,
): Promise<PublishedRun> {
  if (!existsSync(run))
    throw new TtcError('E_DATA', `there is no run folder ${run}`, { help: 'name a folder that `ttcbench run` wrote' });
  const now = await measuredWith(run, options);
  // Before the rows are read: what comes while they are read is read again the next time.
  const state = runStateOf(run, now.with);
  const there = rebuild ? undefined : await readPublished(connection, run);
  if (there && isFresh(there.state, state)) return publishedRun(run, there, 'fresh');
  using opened = await openRun(run, { ...options, own: now.own });
  const { read, scores, lacking, problems } = opened;
  const positions = positionsRead(run, there?.state, state);
  const publishFrom = (from: ReadonlyMap<string, number> | undefined) =>
    publish(connection, run, now.with.columns, {
      state,
      rows: opened.measure().rows(from ? read.trialsBehind(from) : read.trials()),
      about: () => ({
        badLines: read.badLines(),
        notes: [...read.damage(scores), ...(lacking.length > 0 ? [lackingWords(lacking), ...problems] : [])],
      }),
      keepsOld: from !== undefined,
    });
  if (positions) {
    // Rows that are there may turn out to be damaged; the journal has all of them.
    const grown = await publishFrom(positions).catch(() => undefined);
    if (grown) return publishedRun(run, grown, 'grown');
  }
  return publishedRun(run, await publishFrom(undefined), 'rebuilt');
}

const publishedRun = (run: string, { rows, badLines, notes }: Published, was: PublishedRun['was']): PublishedRun => ({
  ...{ run, rows, badLines, notes, was },
});

const lackingWords = (names: readonly string[]) => `the run had metrics that its rows lack now: ${names.join(', ')}`;

/** What rows are measured with, found without reading a trial. */
async function measuredWith(
  run: string,
  { metrics = [], slo }: OpenRunOptions,
): Promise<{ with: MeasuredWith; own: readonly string[] | undefined }> {
  const manifest = manifestOf(run);
  const { modules } = recallModules(run, manifest, metrics);
  const remembered = ownMetricsOf(manifest);
  const lacks = lackingMetrics(manifest, await userMetrics(modules)).length > 0;
  const facts = {
    prices: manifest?.model.prices as Prices | undefined,
    slo: slo && Object.keys(slo).length > 0 ? slo : rememberedSlo(manifest),
    ...(manifest && { origin: originOf(manifest) }),
  };
  return {
    with: {
      columns: tableColumns(declaredCounters()),
      facts,
      own: lacks ? null : [rememberModules(modules), remembered],
    },
    // Metrics of other runs of this process are not this run's.
    own: metrics.length > 0 ? undefined : remembered,
  };
}

/** A manifest that is damaged counts as none: the report says so. */
function manifestOf(run: string): RunManifest | undefined {
  try {
    return readManifest(join(run, RUN_FILES.manifest));
  } catch {
    return undefined;
  }
}
