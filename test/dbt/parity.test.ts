/** The project that comes with ttcbench, built by dbt-duckdb and in-process from the same real runs: every table is equal. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, queryJson } from '../../src/tables/index.ts';
import { buildTables, filesOf, loadConfig, shippedProject, startRun } from '../../src/ttcbench/index.ts';
import { pythonWith, runPython } from '../support/python.ts';

const python = pythonWith({ packages: ['dbt-core>=1.10,<1.11', 'dbt-duckdb>=1.10,<1.11'] });
if (python.missing !== undefined) console.error(`dbt was not tried: ${python.missing}`);
const folder = mkdtempSync(join(tmpdir(), 'ttcbench-parity-'));
const runs = ['first', 'second'].map((name) => join(folder, 'runs', name));
afterAll(() => rmSync(folder, { recursive: true }));

/** The seed's model, as its readme has it. */
const seedModel = `SELECT
  policy_name,
  benchmark,
  AVG(first_token_latency) as avg_latency,
  PERCENTILE_CONT(0.95) WITHIN GROUP (ORDER BY first_token_latency) as p95_latency,
  AVG(throughput) as avg_throughput,
  AVG(rouge_l) as avg_quality
FROM {{ ref('results') }}
GROUP BY policy_name, benchmark
`;

function dbt(args: readonly string[], project: string) {
  const program = join(dirname(python.path as string), 'dbt');
  const folders = ['--project-dir', project, '--profiles-dir', project, '--target-path', join(folder, 'target')];
  const { status, stdout, stderr, error } = spawnSync(
    program,
    [...args, ...folders, '--log-path', join(folder, 'logs')],
    {
      encoding: 'utf8',
      cwd: folder,
      env: { ...process.env, ...filesOf(runs), TTCBENCH_DATABASE: join(folder, 'real.duckdb'), DO_NOT_TRACK: '1' },
    },
  );
  return { status, said: `${stdout}${stderr}${error ?? ''}` };
}

const readScript = `
import duckdb, json, sys
connection = duckdb.connect(json.load(sys.stdin)['file'], read_only=True)
tables = {}
for (name,) in connection.execute("SELECT table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE'").fetchall():
    rows = connection.execute(f"SELECT to_json(t)::VARCHAR FROM (SELECT * FROM {name} ORDER BY ALL) AS t").fetchall()
    tables[name] = [json.loads(row) for (row,) in rows]
print(json.dumps(tables))
`;

/** Sums in another order differ in the last bits. */
const rounded = (value: unknown): unknown => {
  if (typeof value === 'number') return Number(value.toPrecision(12));
  if (Array.isArray(value)) return value.map(rounded);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, rounded(one)]));
};

describe.skipIf(python.missing !== undefined)('dbt-duckdb', () => {
  beforeAll(async () => {
    for (const [index, out] of runs.entries()) {
      const flags = { all: true, benchmark: ['tiny-crm'], samples: '8', seed: String(index + 1), model: 'tiny8', out };
      await startRun({ resolved: await loadConfig({ flags }) });
    }
  });

  it('builds the project, all its tests pass, and every table is the in-process one', async () => {
    const out = join(folder, 'tables');
    const ours = await buildTables(runs, { out });
    expect(ours.tests.filter(({ faults }) => faults > 0)).toEqual([]);
    const { status, said } = dbt(['build'], shippedProject);
    expect(said).toContain('Completed successfully');
    expect(status).toBe(0);
    // Models and tests of both are the same ones.
    expect(said).toContain(`PASS=${ours.models.length + ours.tests.length} WARN=0 ERROR=0 SKIP=0`);
    const real = runPython(python.path as string, readScript, { file: join(folder, 'real.duckdb') }) as Record<
      string,
      unknown[]
    >;
    using database = await openDatabase();
    const made = ours.models.filter(({ rows }) => rows !== null);
    expect(Object.keys(real).sort()).toEqual(made.map(({ name }) => name).sort());
    for (const { name, rows } of made) {
      const sql = `SELECT to_json(t)::VARCHAR AS row FROM (SELECT * FROM read_parquet('${join(out, `${name}.parquet`)}') ORDER BY ALL) AS t`;
      const inProcess = (await queryJson(database.connection, sql)).map(({ row }) => JSON.parse(String(row)));
      expect(inProcess).toHaveLength(rows as number);
      expect(rounded(real[name]), name).toEqual(rounded(inProcess));
    }
    expect(ours.models.find(({ name }) => name === 'bench_summary')?.rows).toBe(24);
  });

  it('runs the model of the seed unchanged, and so does the in-process side', async () => {
    const project = join(folder, 'seed-project');
    cpSync(shippedProject, project, { recursive: true });
    for (const path of ['models/marts', 'tests']) rmSync(join(project, path), { recursive: true });
    mkdirSync(join(project, 'models/marts'));
    writeFileSync(join(project, 'models/marts/bench_summary.sql'), seedModel);
    const out = join(folder, 'seed-tables');
    const ours = await buildTables(runs, { project, out });
    expect(ours.models.find(({ name }) => name === 'bench_summary')?.rows).toBe(12);
    expect(dbt(['build'], project).said).toContain('Completed successfully');
  });
});
