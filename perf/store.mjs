/**
 * How long do rows take to become Parquet, and questions to be answered from it?
 *
 *   npm run perf:store [-- --rows 1000000 --journal 20000 --keep FOLDER]
 *
 * 1. Writes a journal (perf/report.mjs makes it: 12 cells, answers of 48 tokens), and publishes it as `ttcbench run` does
 *    at its end: trials are read, measured and written.
 * 2. Gives rows of that run to the writer again and again, with keys, samples and times of their own, until there are
 *    enough: what it costs to write rows, without measuring them.
 * 3. Lets DuckDB alone make Parquet of the same JSON Lines: what the writer adds to that.
 * 4. Asks for the summary of `models/bench_summary.sql`, of one run and of ten.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, linkSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  createTrialsView,
  openDatabase,
  publish,
  selectFromLines,
  tableColumns,
  trialsPath,
} from '../dist/tables/index.js';
import { writeLines } from '../dist/tables/write-lines.js';
import { openTables, publishTables } from '../dist/ttcbench/index.js';
import { declaredCounters, openRun } from '../dist/ttcbench/open-run.js';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    journal: { type: 'string', default: '20000' },
    keep: { type: 'string' },
  },
});

const summary = `
SELECT policy_name, benchmark, AVG(first_token_latency) as avg_latency,
  PERCENTILE_CONT(0.95) WITHIN GROUP (ORDER BY first_token_latency) as p95_latency,
  AVG(throughput) as avg_throughput, AVG(rouge_l) as avg_quality
FROM trials GROUP BY policy_name, benchmark`;

async function timed(work) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const value = await work();
  const { user, system } = process.cpuUsage(cpu);
  return { value, seconds: (performance.now() - start) / 1000, cpu: (user + system) / 1e6 };
}

const say = (what, { seconds, cpu }, more = '') =>
  console.log(
    `${what.padEnd(58)} ${seconds.toFixed(2).padStart(7)} s ${cpu.toFixed(2).padStart(7)} s CPU${more && `  ${more}`}`,
  );

/** Of several rounds the one that took the least CPU: other programs disturb the others. */
async function least(rounds, work) {
  let best;
  for (let round = 0; round < rounds; round++) {
    const one = await timed(work);
    if (!best || one.cpu < best.cpu) best = one;
  }
  return best;
}

/** The same few thousand rows again and again, each time as other trials: nothing is measured here. */
async function* repeated(rows, count) {
  const trials = rows.map((row) => ({ row }));
  for (let at = 0; at < count; at++) {
    const trial = trials[at % trials.length];
    const { row } = trial;
    const round = Math.floor(at / trials.length);
    row.trial_key = `${row.trial_key.slice(0, 24)}${(at >>> 0).toString(16).padStart(8, '0')}`;
    row.sample_id = `sample-${Math.floor(at / 12)}`;
    row.pair = `["made-up","ggml","smollm2-135m",0,"${row.sample_id}"]`;
    if (round > 0) for (const name of ['first_token_latency', 'generation_time', 'throughput']) row[name] *= 1.0001;
    yield trial;
  }
}

async function rowsOf(folder) {
  const opened = await openRun(folder);
  const rows = [];
  for await (const { row } of opened.measure().rows(opened.read.trials())) if (rows.push(row) === 6000) break;
  opened[Symbol.dispose]();
  return rows;
}

const folder = values.keep ?? mkdtempSync(join(tmpdir(), 'ttcbench-store-'));
mkdirSync(folder, { recursive: true });
try {
  const [played, wide] = [join(folder, 'played'), join(folder, 'wide')];
  if (!existsSync(join(played, 'run.json'))) {
    const words = [join(import.meta.dirname, 'report.mjs'), '--trials', values.journal, '--keep', played];
    const { status, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  }
  const trials = Number(values.journal);
  const journal = await timed(() => publishTables(played, { rebuild: true }));
  say(
    `journal of ${trials} trials → rows → Parquet`,
    journal,
    `${((1e6 * journal.cpu) / trials).toFixed(0)} µs of CPU a trial`,
  );

  const count = Number(values.rows);
  const rows = await rowsOf(played);
  const columns = tableColumns(declaredCounters());
  mkdirSync(join(wide, 'parquet'), { recursive: true });
  const database = await openDatabase();
  const { connection } = database;
  const state = { measured: '', own: null, journals: {}, samples: null, scores: null };
  const about = () => ({ badLines: 0, notes: [] });
  const written = await timed(() =>
    publish(connection, wide, columns, { state, about, rows: repeated(rows, count), keepsOld: false }),
  );
  const { size } = statSync(trialsPath(wide));
  say(
    `${count} rows → Parquet`,
    written,
    `${((1e6 * written.cpu) / count).toFixed(1)} µs of CPU a row, ${(size / count).toFixed(0)} bytes a row`,
  );

  const lines = join(folder, 'rows.jsonl');
  const text = await timed(() => writeLines(lines, repeated(rows, count)));
  say(
    '  of that JSON Lines, as JavaScript writes them',
    text,
    `${(statSync(lines).size / count).toFixed(0)} bytes a row, ${Object.keys(rows[0]).length} of ${columns.length} columns`,
  );
  const copy = `COPY (${selectFromLines(lines, columns, 16 << 20)}) TO '${join(folder, 'alone.parquet')}' (FORMAT parquet, COMPRESSION snappy)`;
  const alone = await timed(() => connection.run(copy));
  say('  of that DuckDB alone: the same JSON Lines → Parquet', alone);
  console.log(
    `  all of it / DuckDB alone: ${(written.seconds / alone.seconds).toFixed(2)} (CPU ${(written.cpu / alone.cpu).toFixed(2)})`,
  );
  rmSync(lines);

  await createTrialsView(connection, [wide]);
  say(`summary of ${count} rows`, await least(5, () => connection.runAndReadAll(summary)));
  const ten = Array.from({ length: 10 }, (_, at) => join(folder, `ten-${at}`));
  for (const run of ten) {
    mkdirSync(join(run, 'parquet'), { recursive: true });
    rmSync(trialsPath(run), { force: true });
    try {
      linkSync(trialsPath(wide), trialsPath(run));
    } catch {
      copyFileSync(trialsPath(wide), trialsPath(run));
    }
  }
  await createTrialsView(connection, ten);
  say(`summary of ${10 * count} rows in ten files`, await least(5, () => connection.runAndReadAll(summary)));
  database[Symbol.dispose]();

  const opening = await timed(async () => (await openTables([played]))[Symbol.dispose]());
  say(`openTables of a run that is fresh`, opening);
  console.log(
    `${cpus()[0].model}, ${cpus().length} cores, load ${loadavg()[0].toFixed(1)}, Node ${process.versions.node}`,
  );
} finally {
  if (!values.keep) rmSync(folder, { recursive: true });
}
