/** The dbt project over any number of runs: the tables it makes, as Parquet for other programs. */

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Built, buildProject, describeProject, readProject } from '../dbt/index.ts';
import { type DuckDBConnection, literal, trialsPath, writeTable } from '../tables/index.ts';
import { openTables, type PublishedRun, type PublishOptions } from './open-tables.ts';
import { comparisonsPath, publishComparisons } from './publish-comparisons.ts';

/** The project that comes with ttcbench. */
export const shippedProject = fileURLToPath(new URL('../../dbt', import.meta.url));

/** Which project, which of its models, and where the tables go. */
export interface BuildTablesOptions extends PublishOptions {
  /** Folder of a dbt project. @default the one that comes with ttcbench */
  project?: string | undefined;
  /** Models to make, and what they read. @default all */
  select?: readonly string[] | undefined;
  /** Where the models' tables go as Parquet. Nowhere without. */
  out?: string | undefined;
  /** A file of DuckDB that keeps the tables: incremental models add to it. @default in memory */
  database?: string | undefined;
  fullRefresh?: boolean | undefined;
  vars?: Readonly<Record<string, unknown>> | undefined;
  /** Also a page about the tables. */
  docs?: boolean | undefined;
}

/** What was made and tested. */
export interface BuiltTables extends Built {
  runs: readonly PublishedRun[];
  /** Files that were written. */
  files: string[];
  /** Markdown, with `docs`. */
  page?: string;
}

/**
 * Makes the tables of the dbt project over these run folders, and tests them: what `ttcbench dbt build` does.
 * @param runs run folders
 * @throws E_DBT where the project or one of its queries cannot be used; E_DATA where a run cannot
 */
export async function buildTables(runs: readonly string[], options: BuildTablesOptions = {}): Promise<BuiltTables> {
  const { project: folder = shippedProject, select, out, database, fullRefresh, vars, docs, ...publish } = options;
  const project = readProject(folder);
  using tables = await openTables(runs, publish);
  const { connection } = tables;
  const names = tables.runs.map(({ run }) => run);
  for (const run of names) await publishComparisons(connection, run);
  if (database !== undefined) await connection.run(`ATTACH ${literal(database)} AS kept; USE kept`);
  const env = { ...process.env, ...filesOf(names) };
  const built = await buildProject(connection, project, {
    env,
    ...(select && { select }),
    ...(vars && { vars }),
    ...(fullRefresh !== undefined && { fullRefresh }),
  });
  const files: string[] = [];
  for (const { name, kept } of out === undefined ? [] : built.models) {
    if (kept !== 'table' && kept !== 'incremental') continue;
    const path = join(out as string, `${name}.parquet`);
    await writeTable(connection, `SELECT * FROM "${name}"`, path);
    files.push(path);
  }
  const page = docs ? await describeProject(connection, project, env) : undefined;
  return { ...built, runs: tables.runs, files, ...(page !== undefined && { page }) };
}

/** Makes one model of the shipped project on a connection, under its own name. */
export async function makeMart(connection: DuckDBConnection, runs: readonly string[], name: string): Promise<void> {
  for (const run of runs) await publishComparisons(connection, run);
  const env = { ...process.env, ...filesOf(runs) };
  await buildProject(connection, readProject(shippedProject), { env, select: [name], tests: false });
}

/** Environment variables that the project's staging models read. */
export const filesOf = (runs: readonly string[]) => ({
  TTCBENCH_TRIALS: runs.map(trialsPath).join(';'),
  TTCBENCH_COMPARISONS: runs.map(comparisonsPath).join(';'),
});
