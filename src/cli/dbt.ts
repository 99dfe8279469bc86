/** `ttcbench dbt build|test|docs|publish RUNS…`: the dbt project over run folders, without Python. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { styleText } from 'node:util';
import { Command } from 'commander';
import { plainText } from '../core/index.ts';
import { hasFaults, readVariables } from '../dbt/index.ts';
import { type BuildTablesOptions, type BuiltTables, buildTables, filesOf, shippedProject } from '../ttcbench/index.ts';
import { collect } from './flags.ts';
import { runFolders } from './run-folders.ts';

interface Flags {
  project?: string;
  select?: string[];
  out?: string;
  database?: string;
  fullRefresh?: boolean;
  vars?: string;
  json?: boolean;
}

export function dbtCommand(): Command {
  const program = new Command('dbt').description(
    `The dbt project of ttcbench over run folders, without Python. The same project runs with dbt-duckdb: it lies in ${shippedProject}`,
  );
  const add = (name: string, about: string) =>
    program
      .command(name)
      .description(about)
      .argument('<runs...>', 'run folders, or their names below runs/')
      .option('--project <folder>', 'a dbt project (default: the one that comes with ttcbench)')
      .option('--select <model>', 'only this model and what it reads; may repeat', collect)
      .option('--vars <yaml or json>', 'variables of the project')
      .option('--json', 'the outcome as JSON');
  add('build', 'make the tables, then test them')
    .option('--out <folder>', 'where the tables go as Parquet', 'dbt-tables')
    .option('--database <file>', 'a file of DuckDB that keeps them: incremental models add to it')
    .option('--full-refresh', 'incremental models begin anew')
    .action((runs, flags) => build(runs, flags));
  add('test', 'make the tables in memory and test them').action((runs, flags) => build(runs, flags));
  add('docs', 'a page about the tables')
    .option('--out <file>', 'the page', 'dbt-tables.md')
    .action((runs, flags) => docs(runs, flags));
  add('publish', 'bring the Parquet of runs up to date, and print the variables that dbt needs').action((runs, flags) =>
    publish(runs, flags),
  );
  return program;
}

function optionsOf({ out, vars, ...flags }: Flags): BuildTablesOptions {
  return { ...flags, out, vars: vars === undefined ? {} : readVariables(vars) };
}

async function build(runs: string[], flags: Flags): Promise<void> {
  const built = await buildTables(runFolders(runs), optionsOf(flags));
  if (flags.json) console.log(JSON.stringify(built, null, 2));
  else print(built);
  if (hasFaults(built)) process.exitCode = 1;
}

function print({ models, tests, runs, files }: BuiltTables): void {
  for (const { run, notes } of runs) for (const note of notes) console.error(plainText(`${run}: ${note}`));
  for (const { name, kept, rows } of models)
    console.log(`${kept.padEnd(11)} ${name}${rows === null ? '' : `: ${rows} rows`}`);
  const broken = tests.filter(({ faults }) => faults > 0);
  for (const { name, faults, severity } of broken)
    console.log(`${styleText(severity === 'warn' ? 'yellow' : 'red', severity)} ${name}: ${faults} rows`);
  console.log(`${tests.length} tests, ${broken.length === 0 ? 'all passed' : `${broken.length} found something`}`);
  if (files.length > 0) console.log(`${files.length} tables in ${dirname(files[0] as string)}`);
}

async function docs(runs: string[], { out = 'dbt-tables.md', ...flags }: Flags): Promise<void> {
  const { page = '' } = await buildTables(runFolders(runs), { ...optionsOf(flags), docs: true });
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, page);
  console.log(out);
}

async function publish(runs: string[], flags: Flags): Promise<void> {
  const { runs: published } = await buildTables(runFolders(runs), { ...optionsOf(flags), select: ['comparisons'] });
  const variables = {
    ...filesOf(published.map(({ run }) => run)),
    ...placesOf(resolve(flags.project ?? shippedProject)),
  };
  if (flags.json) console.log(JSON.stringify(variables, null, 2));
  else
    for (const [name, value] of Object.entries(variables))
      console.log(`export ${name}='${value.replaceAll("'", "'\\''")}'`);
}

/** Where dbt finds the project, and where it writes: here, and not into an installed package. */
const placesOf = (project: string) => ({
  DBT_PROJECT_DIR: project,
  ...(existsSync(join(project, 'profiles.yml')) && { DBT_PROFILES_DIR: project }),
  DBT_TARGET_PATH: resolve('target'),
  DBT_LOG_PATH: resolve('logs'),
});
