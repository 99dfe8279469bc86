/** Rows of run folders as tables: what other programs read is what the journals hold, also while runs go on. */
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { afterAll, describe, expect, it } from 'vitest';
import { builtBenchmarks } from '../src/benchmarks/index.ts';
import type { Sample, Trial } from '../src/core/index.ts';
import { createMeasure, inPairs, measureTrials, type Row } from '../src/rows/index.ts';
import { readManifest } from '../src/store/manifest.ts';
import { writeScores } from '../src/store/rescored.ts';
import { queryJson, tableColumns, trialsPath } from '../src/tables/index.ts';
import { openTables, publishTables } from '../src/ttcbench/index.ts';
import { declaredCounters, originOf } from '../src/ttcbench/open-run.ts';
import { awkwardSamples, awkwardTrials, loneHalf } from './support/awkward-trials.ts';
import { madeUpTrials } from './support/made-up-run.ts';
import { pythonWith, runPython } from './support/python.ts';
import { appendTrials, lineOf, runFolderOf } from './support/run-folder-of.ts';

const scratch = mkdtempSync(join(tmpdir(), 'ttcbench-tables-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let folders = 0;
const newFolder = () => join(scratch, `run-${++folders}`);

const columns = tableColumns(declaredCounters());

/** What a column of a row has to be in the file: times as milliseconds, maps as sorted pairs, nothing as null. */
function plainOf(value: unknown, type: string): unknown {
  if (value === undefined || value === null) return null;
  if (type === 'time') return value instanceof Date ? value.getTime() : Date.parse(String(value));
  if (type === 'integer') return Number(value);
  if (type !== 'map') return value;
  const pairs = Array.isArray(value) ? value.map(({ key, value }) => [key, value]) : Object.entries(value as object);
  return pairs.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
}

const plainRow = (row: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(columns.map(({ name, type }) => [name, plainOf(row[name], type)]));

const byKey = (rows: readonly Record<string, unknown>[]) =>
  new Map(rows.map((row) => [String(row.trial_key), plainRow(row)]));

const headline = builtBenchmarks.find(({ name }) => name === 'extract')?.scores[0] as string;

/** Rows straight from trials: no file, no database. */
async function rowsOf(folder: string, trials: readonly Trial[]): Promise<Row[]> {
  const samples = new Map<string, Map<string, Sample>>([
    ['extract', new Map(awkwardSamples().map((sample) => [sample.id, sample]))],
  ]);
  const manifest = readManifest(join(folder, 'run.json'));
  const measure = createMeasure({
    ...{ run: folder, samples, counters: declaredCounters(), headlines: { extract: headline } },
    ...(manifest && { origin: originOf(manifest) }),
    objectives: [],
  });
  const rows: Row[] = [];
  for await (const { row } of measureTrials(inPairs(trials), measure)) rows.push(row);
  return rows;
}

async function readByHyparquet(folder: string): Promise<Map<string, Record<string, unknown>>> {
  const bytes = readFileSync(trialsPath(folder));
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
  const rows = await parquetReadObjects({ file });
  const found = byKey(rows);
  expect(rows, 'a row is there twice').toHaveLength(found.size);
  return found;
}

const awkwardFolder = () => runFolderOf(newFolder(), { trials: awkwardTrials(), samples: awkwardSamples() });

describe('the Parquet of a run', () => {
  it('holds every value of every row, as somebody else reads it (hyparquet)', async () => {
    const folder = await awkwardFolder();
    expect(await publishTables(folder)).toMatchObject({ rows: awkwardTrials().length, badLines: 0, was: 'rebuilt' });
    const rows = await readByHyparquet(folder);
    expect(rows).toEqual(byKey(await rowsOf(folder, awkwardTrials())));
    expect(rows.get('awkward 0')).toMatchObject({
      ...{ policy_name: 'baseline', family: '=1+1', error_message: '=1+1', run: folder, version: '0.0.7' },
      ...{ machine: 'made-up processor, 2 cores, 8 GiB, linux', temperature: 0.5, date: '2026-11-02', seed: 2 ** 40 },
      ...{ scores: [['=1+1', 0.25]], tallies: [['exit_layer', 6]], params: '{"note":"=1+1"}' },
    });
  });

  const python = pythonWith({ packages: ['pyarrow', 'openpyxl'] });
  it.skipIf(python.missing !== undefined)(
    `holds every value of every row, as Python reads it${python.missing ? ` (skipped: ${python.missing})` : ''}`,
    async () => {
      const folder = await awkwardFolder();
      await publishTables(folder);
      const read = runPython(
        python.path as string,
        `
import json, sys, pyarrow.parquet
def plain(value):
    if hasattr(value, 'timestamp'): return round(value.timestamp() * 1000)
    if isinstance(value, list): return [list(pair) for pair in value]
    if isinstance(value, int) and not isinstance(value, bool): return str(value)
    return value
path = json.load(sys.stdin)
rows = pyarrow.parquet.read_table(path).to_pylist()
print(json.dumps([{name: plain(value) for name, value in row.items()} for row in rows]))`,
        trialsPath(folder),
      ) as Record<string, unknown>[];
      const expected = byKey(await rowsOf(folder, awkwardTrials()));
      const found = new Map(
        read.map((row) => [
          String(row.trial_key),
          Object.fromEntries(
            columns.map(({ name, type }) => {
              const value = row[name] ?? null;
              if (type === 'integer' && value !== null) return [name, Number(value)];
              return [
                name,
                type === 'map' && value ? (value as [string, number][]).sort(([a], [b]) => (a < b ? -1 : 1)) : value,
              ];
            }),
          ),
        ]),
      );
      expect(found).toEqual(expected);
    },
    400_000,
  );

  it('reads a lone half of a pair as U+FFFD, and text that looks like its escape as it is', async () => {
    const [like] = awkwardTrials();
    const trials = [loneHalf, '\\ud83d as text', `${'x'.repeat(9)}\\\\\ud83d`].map(
      (message, at): Trial => ({
        ...(like as Trial),
        ...{ key: `half ${at}`, sample: `h${at}`, status: 'failed', error: { code: 'E_TIMEOUT', message } },
      }),
    );
    const folder = await runFolderOf(newFolder(), { trials });
    await publishTables(folder);
    const rows = await readByHyparquet(folder);
    expect(['half 0', 'half 1', 'half 2'].map((key) => rows.get(key)?.error_message)).toEqual([
      ...['half \ufffd of a pair', '\\ud83d as text', `${'x'.repeat(9)}\\\\\ufffd`],
    ]);
  });

  it('has a time that cannot be read as nothing, and keeps the row', async () => {
    const [like] = madeUpTrials();
    const { crc: _, ...line } = JSON.parse(lineOf({ ...(like as Trial), key: 'odd' }));
    const folder = await runFolderOf(newFolder(), { trials: madeUpTrials().slice(0, 3) });
    line.turns[0].started_at = 'Mon, 02 Nov 2026 10:00:00 GMT';
    appendFileSync(join(folder, 'journal-main.jsonl'), `${lineOf(line)}\n`);
    await publishTables(folder);
    expect((await readByHyparquet(folder)).get('odd')).toMatchObject({ started_at: null, date: '2026-11-02' });
  });

  it('of a run without a finished trial has its columns and no row', async () => {
    const folder = await runFolderOf(newFolder(), { trials: madeUpTrials().slice(0, 1) });
    writeFileSync(join(folder, 'journal-main.jsonl'), '');
    using tables = await openTables([folder]);
    expect(tables.runs).toMatchObject([{ rows: 0 }]);
    expect(await queryJson(tables.connection, 'SELECT count(*) AS n, avg(rouge_l) AS mean FROM trials')).toEqual([
      { n: '0', mean: null },
    ]);
  });
});

describe('the Parquet of a run that goes on', () => {
  const all = awkwardTrials();
  const isSame = async (folder: string, trials: readonly Trial[]) =>
    expect(await readByHyparquet(folder)).toEqual(byKey(await rowsOf(folder, trials)));

  it('is told fresh by what the journal holds, not by its time', async () => {
    const folder = await awkwardFolder();
    expect(await publishTables(folder)).toMatchObject({ was: 'rebuilt' });
    utimesSync(join(folder, 'journal-main.jsonl'), new Date(0), new Date());
    expect(await publishTables(folder)).toMatchObject({ was: 'fresh', rows: all.length });
    expect(await publishTables(folder, { rebuild: true })).toMatchObject({ was: 'rebuilt' });
  });

  it('grows with the journal of another process, the baseline’s trial coming late', async () => {
    const late = all.filter(({ cell }) => cell.policy_name === 'baseline').slice(0, 5);
    const first = all.filter((trial) => !late.includes(trial)).slice(0, -10);
    const folder = await runFolderOf(newFolder(), { trials: first, samples: awkwardSamples() });
    expect(await publishTables(folder)).toMatchObject({ was: 'rebuilt', rows: first.length });
    const agreement = async () =>
      (await readByHyparquet(folder)).get(`speculative_decoding-${late[0]?.sample}`)?.agreement;
    expect(await agreement()).toBe(null);
    appendTrials(folder, late, 'other');
    expect(await publishTables(folder)).toMatchObject({ was: 'grown', rows: first.length + late.length });
    expect(await agreement()).toBe(1);
    appendTrials(folder, all.slice(-10));
    expect(await publishTables(folder)).toMatchObject({ was: 'grown', rows: all.length });
    await isSame(folder, all);
    expect(await publishTables(folder)).toMatchObject({ was: 'fresh' });
  });

  it('takes the later trial of a key, and nothing twice', async () => {
    const folder = await awkwardFolder();
    await publishTables(folder);
    const again = all.slice(0, 4).map((trial) => ({ ...trial, replays: 7 }));
    appendTrials(folder, again);
    expect(await publishTables(folder)).toMatchObject({ was: 'grown', rows: all.length });
    await isSame(folder, [...again, ...all.slice(4)]);
  });

  it('leaves half a line alone until it is whole', async () => {
    const folder = await runFolderOf(newFolder(), { trials: all.slice(0, -1), samples: awkwardSamples() });
    const journal = join(folder, 'journal-main.jsonl');
    const line = `${lineOf(all.at(-1) as Trial)}\n`;
    appendFileSync(journal, line.slice(0, 100));
    expect(await publishTables(folder)).toMatchObject({ rows: all.length - 1, badLines: 0 });
    appendFileSync(journal, line.slice(100));
    expect(await publishTables(folder)).toMatchObject({ was: 'grown', rows: all.length });
    await isSame(folder, all);
  });

  it('counts lines that hold no trial, and has the rows of all others', async () => {
    const folder = await runFolderOf(newFolder(), { trials: all.slice(0, 20), samples: awkwardSamples() });
    const journal = join(folder, 'journal-main.jsonl');
    appendFileSync(journal, `no JSON at all\n${lineOf(all[20] as Trial).replace('extract', 'extrakt')}\n{}\n`);
    appendTrials(folder, all.slice(21));
    expect(await publishTables(folder)).toMatchObject({
      ...{ rows: all.length - 1, badLines: 3 },
      notes: [expect.stringMatching(/3 lines/)],
    });
    expect(await publishTables(folder)).toMatchObject({ was: 'fresh', badLines: 3 });
    await isSame(
      folder,
      all.filter((_, at) => at !== 20),
    );
  });

  it.each<[string, (folder: string) => unknown]>([
    [
      'scores came later',
      (folder) => writeScores(folder, new Map([[all[0]?.key ?? '', { scores: { exact_match: 0.5 } }]])),
    ],
    [
      'its journal was cut and written again',
      (folder) => {
        truncateSync(join(folder, 'journal-main.jsonl'), 5000);
        appendFileSync(join(folder, 'journal-main.jsonl'), '\n');
        appendTrials(folder, all);
      },
    ],
    ['the file is damaged', (folder) => writeFileSync(trialsPath(folder), 'PAR1 and nothing')],
    ['the file is gone', (folder) => rmSync(trialsPath(folder))],
  ])('is made anew where %s', async (_, change) => {
    const folder = await awkwardFolder();
    await publishTables(folder);
    await change(folder);
    expect(await publishTables(folder)).toMatchObject({ was: 'rebuilt', rows: all.length });
    expect((await readByHyparquet(folder)).size).toBe(all.length);
  });

  it('is made anew where its own rows turn out to be damaged while it grows', async () => {
    const folder = await awkwardFolder();
    await publishTables(folder);
    const bytes = readFileSync(trialsPath(folder));
    // Pages stand before the metadata, which stays whole.
    bytes.fill(0xff, 4, Math.floor(bytes.length / 3));
    writeFileSync(trialsPath(folder), bytes);
    appendTrials(folder, all.slice(0, 1));
    expect(await publishTables(folder)).toMatchObject({ was: 'rebuilt', rows: all.length });
    await isSame(folder, all);
  });

  it('is not touched where it cannot be written anew', async () => {
    const folder = await awkwardFolder();
    await publishTables(folder);
    const before = readFileSync(trialsPath(folder));
    appendTrials(folder, all.slice(0, 1));
    const { openDatabase, publish, runStateOf } = await import('../src/tables/index.ts');
    using database = await openDatabase();
    async function* failing() {
      yield* [];
      throw new Error('the disk is full');
    }
    const state = runStateOf(folder, { columns, facts: {}, own: [] });
    const about = () => ({ badLines: 0, notes: [] });
    await expect(
      publish(database.connection, folder, columns, { state, rows: failing(), about, keepsOld: false }),
    ).rejects.toMatchObject({ code: 'E_DATA', message: expect.stringMatching(/the disk is full/) });
    expect(readFileSync(trialsPath(folder))).toEqual(before);
    expect(readdirSync(join(folder, 'parquet'))).toEqual(['trials.parquet']);
  });

  it('sweeps away what dead writers left, not what others are writing', async () => {
    const folder = await awkwardFolder();
    await publishTables(folder);
    const left = (pid: number) => join(folder, 'parquet', `trials.parquet.tmp-${pid}-1`);
    // No process has this number: it is above what Linux gives.
    for (const pid of [4_194_999, process.pid]) {
      writeFileSync(left(pid), '');
      utimesSync(left(pid), new Date(0), new Date(0));
    }
    await publishTables(folder, { rebuild: true });
    expect(readdirSync(join(folder, 'parquet')).sort()).toEqual([
      `trials.parquet`,
      `trials.parquet.tmp-${process.pid}-1`,
    ]);
  });
});

describe('tables over several runs', () => {
  it('are one view, which has what the seed’s summary asks', async () => {
    const [one, two] = [await awkwardFolder(), await runFolderOf(newFolder(), { trials: madeUpTrials() })];
    using tables = await openTables([one, `${two}/`, one]);
    expect(tables.runs.map(({ run }) => run)).toEqual([one, two]);
    await tables.connection.run('CREATE VIEW results AS SELECT * FROM trials');
    const summary = `
SELECT 
  policy_name,
  benchmark,
  AVG(first_token_latency) as avg_latency,
  PERCENTILE_CONT(0.95) WITHIN GROUP (ORDER BY first_token_latency) as p95_latency,
  AVG(throughput) as avg_throughput,
  AVG(rouge_l) as avg_quality
FROM results
GROUP BY policy_name, benchmark`;
    const rows = await queryJson(tables.connection, summary);
    const policies = [...new Set(madeUpTrials().map(({ cell }) => cell.policy_name))];
    expect(rows.map(({ policy_name }) => policy_name).sort()).toEqual(policies.sort());
    const expected = (await rowsOf(two, madeUpTrials())).filter(({ policy_name }) => policy_name === 'baseline_again');
    const latencies = expected.flatMap(({ first_token_latency }) =>
      typeof first_token_latency === 'number' ? [first_token_latency] : [],
    );
    const mean = latencies.reduce((sum, one) => sum + one, 0) / latencies.length;
    expect(rows.find(({ policy_name }) => policy_name === 'baseline_again')?.avg_latency).toBeCloseTo(mean, 9);
    const runs = await queryJson(tables.connection, 'SELECT run, count(*) AS n FROM trials GROUP BY run ORDER BY n');
    expect(runs).toEqual([
      { run: two, n: String(madeUpTrials().length) },
      { run: one, n: String(awkwardTrials().length) },
    ]);
  });

  it('take up what was played meanwhile', async () => {
    const folder = await runFolderOf(newFolder(), { trials: madeUpTrials().slice(0, 50) });
    using tables = await openTables([folder]);
    const count = async () => (await queryJson(tables.connection, 'SELECT count(*) AS n FROM trials'))[0]?.n;
    expect(await count()).toBe('50');
    appendTrials(folder, madeUpTrials().slice(50));
    expect(await tables.refresh()).toMatchObject([{ was: 'grown', rows: 144 }]);
    expect(await count()).toBe('144');
    expect(tables.runs).toMatchObject([{ rows: 144 }]);
  });

  it('refuse a folder that holds no run, and no folder at all', async () => {
    await expect(openTables([join(scratch, 'nothing')])).rejects.toMatchObject({ code: 'E_DATA' });
    await expect(openTables([])).rejects.toMatchObject({ code: 'E_ARGUMENT' });
  });
});
