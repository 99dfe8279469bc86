/**
 * One metric of the user's own over a run whose rows are Parquet: only the columns that it reads are read, no trial is
 * measured again, and what is said of it is said by the report's own code. DuckDB sees no text of the user's but names of
 * columns that were found in the file.
 */
import { blockSizesOf } from '../assembly/block-sizes.ts';
import { TtcError } from '../core/index.ts';
import {
  type ExpressionMetric,
  type ExpressionOptions,
  expressionColumns,
  expressionMetric,
} from '../metrics/index.ts';
import { noColumn } from '../modules/expression-file.ts';
import { buildReport, collectRows, type Report } from '../report/index.ts';
import { bareRun, type MeasuredTrial, type Row } from '../rows/index.ts';
import { readRun } from '../store/read-run.ts';
import { type DuckDBConnection, literal, queryJson, quoted } from '../tables/index.ts';

/** What an expression may read: metrics and counters that the run has, and scores that only its benchmarks know. */
export async function columnsOfRun(connection: DuckDBConnection): Promise<{ columns: string[]; scores: string[] }> {
  const described = await queryJson(connection, 'DESCRIBE trials');
  const numbers = new Set(expressionColumns.map(({ name }) => name));
  const names = described.map(({ column_name }) => String(column_name));
  const scores = await queryJson(
    connection,
    'SELECT DISTINCT unnest(map_keys(scores)) AS name FROM trials ORDER BY name LIMIT 200',
  );
  return {
    columns: names.filter((name) => numbers.has(name) || name.startsWith('counter_')),
    scores: scores.map(({ name }) => String(name)).filter((name) => /^[A-Za-z_]\w*$/.test(name)),
  };
}

const facts = [
  ...['benchmark', 'backend', 'model', 'policy_name', 'realisation', 'fidelity', 'sample_id', 'family', 'block'],
  ...['status', 'replays', 'repeat'],
];

export interface ExpressionAsked {
  name: string;
  options: ExpressionOptions;
  /** Milliseconds. */
  within: number;
  /** Only trials of samples of this family. */
  family?: string | undefined;
}

/**
 * @param connection with the view `trials` over this run alone
 * @throws TtcError E_ARGUMENT for an expression or a column that is none; E_TIMEOUT where reading takes too long
 */
export async function reportExpression(
  connection: DuckDBConnection,
  run: string,
  { name, options, within, family }: ExpressionAsked,
): Promise<{ report: Report; metric: ExpressionMetric }> {
  const metric = expressionMetric(name, options);
  const { columns, scores } = await columnsOfRun(connection);
  const all = [...columns, ...scores];
  const unknown = metric.columns.find((column) => !all.includes(column));
  if (unknown !== undefined) throw noColumn('', unknown, all);
  const read = metric.columns.map((column) =>
    columns.includes(column) ? `CAST(${quoted(column)} AS DOUBLE)` : `CAST(scores[${literal(column)}] AS DOUBLE)`,
  );
  const where = family === undefined ? '' : ` WHERE family = ${literal(family)}`;
  const select = `SELECT ${[...facts.map(factOf), ...read].join(', ')} FROM trials${where}`;
  const { manifest, plan, blocks } = readRun(run);
  const policies = manifest?.config.policies ?? [];
  const about = bareRun({
    ...{ id: run, planned: plan.trials },
    order: { benchmarks: [], policies: policies.map(({ name, label }) => label ?? name) },
  });
  const rows = measured(connection, select, metric, performance.now() + within);
  const collected = await collectRows(rows, { run: about, extra: [metric] });
  const report = buildReport({
    ...{ run: { id: run }, collected, headlines: new Map(), extra: [metric], blocks },
    ...{ margin: manifest?.config.margin, blockSizes: blockSizesOf(plan.cells) },
  });
  return { report, metric };
}

const factOf = (name: string) => (['replays', 'repeat'].includes(name) ? `CAST(${name} AS DOUBLE)` : quoted(name));

const timed = ['ms', 's', 'tokens/s'];

async function* measured(
  connection: DuckDBConnection,
  select: string,
  metric: ExpressionMetric,
  deadline: number,
): AsyncGenerator<MeasuredTrial> {
  const result = await connection.stream(select);
  const values = new Map<string, number | undefined>();
  const scope = (column: string) => values.get(column);
  for (;;) {
    const chunk = await result.fetchChunk();
    if (!chunk || chunk.rowCount === 0) return;
    if (performance.now() > deadline)
      throw new TtcError('E_TIMEOUT', 'the expression took too long', { help: 'try it on a smaller run' });
    for (const given of chunk.getRows()) {
      const row: Record<string, unknown> = { own_metrics: {}, scores: {} };
      facts.forEach((name, at) => {
        row[name] = given[at] ?? undefined;
      });
      metric.columns.forEach((name, at) => {
        const value = given[facts.length + at];
        values.set(name, typeof value === 'number' ? value : undefined);
      });
      const isLeftOut = row.status !== 'ok' || (row.replays !== 0 && timed.includes(metric.unit));
      const value = isLeftOut ? undefined : metric.evaluate(scope);
      if (value !== undefined) row.own_metrics = { [metric.name]: value };
      yield { row: row as Row, faults: [] };
    }
  }
}
