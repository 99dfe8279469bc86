/** What the page shows as files: tables as CSV and Excel, charts as SVG and PNG. Everything is written by what `export` and `report` use. */
import { comparisonColumns, comparisonRows, type NamedChart } from '../report/index.ts';
import { csvOf, type ExportKind, type ExportTable, type ExportValue, xlsxOf } from '../tables/index.ts';
import { type RunView, withoutVerdicts } from '../ttcbench/index.ts';
import { chosenCharts } from './chosen-charts.ts';
import type { PageRun, PageTable } from './page-run.ts';
import type { Query } from './query.ts';
import { Refusal } from './refusal.ts';
import { sortRows } from './sort-rows.ts';

export interface Download {
  body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> | string;
  type: string;
  /** Without the name of the run. */
  file: string;
  /** The answer was read, or nobody reads it any more. */
  onEnd?(): void;
}

const types = {
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  svg: 'image/svg+xml; charset=utf-8',
  png: 'image/png',
} as const;

export async function tableFile(table: ExportTable, name: string, format: 'csv' | 'xlsx'): Promise<Download> {
  const text = () => ReadableStream.from(csvOf(table)).pipeThrough(new TextEncoderStream());
  const body = format === 'csv' ? text() : await xlsxOf(table, name, { rows: 0, cut: 0 });
  return { body: body as ReadableStream<Uint8Array>, type: types[format], file: `${name}.${format}` };
}

type Shown = Pick<Query, 'group' | 'policy' | 'benchmark' | 'backend' | 'model' | 'column' | 'order'>;

/** A table of the page, word for word. @throws Refusal 404 */
export function shownTable(page: PageRun, name: string, { group = 0, policy = [], column, order = 'asc' }: Shown) {
  const found = page.groups[group]?.tables.find((one) => one.name === name);
  if (!found) throw new Refusal(404, 'table: the page of this run has no such table');
  return textTable(sorted(chosenRows(found, policy), column, order));
}

const chosenRows = ({ columns, rows }: PageTable, policies: readonly string[]) => ({
  columns,
  rows: rows.filter(({ policy }) => policies.length === 0 || policies.includes(policy)),
});

function sorted(
  { columns, rows }: Pick<PageTable, 'columns' | 'rows'>,
  column: string | undefined,
  order: 'asc' | 'desc',
) {
  const at = columns.findIndex(({ title }) => title === column);
  return { columns, rows: sortRows(rows, at, at < 0 ? '' : order) };
}

export const textTable = ({ columns, rows }: Pick<PageTable, 'columns'> & { rows: readonly { texts: string[] }[] }) =>
  inMemory(
    columns.map(({ title }) => ({ name: title, kind: 'text' as const })),
    rows.map(({ texts }) => texts),
  );

const kinds = { VARCHAR: 'text', BIGINT: 'number', DOUBLE: 'number', BOOLEAN: 'flag' } as const satisfies Record<
  string,
  ExportKind
>;

/** The numbers behind tables and charts, as `export --of comparisons` has them. */
export function numbersTable(
  view: RunView,
  run: string,
  { policy = [], benchmark = [], backend, model }: Shown,
): ExportTable {
  const report = view.isComplete ? view.report : withoutVerdicts(view.report);
  const isChosen = (list: readonly string[], value: unknown) => list.length === 0 || list.includes(String(value));
  const rows = comparisonRows(report).filter(
    (row) =>
      isChosen(policy, row.policy_name) &&
      isChosen(benchmark, row.benchmark) &&
      isChosen([backend ?? []].flat(), row.backend) &&
      isChosen([model ?? []].flat(), row.model),
  );
  const columns = Object.entries(comparisonColumns).map(([name, type]) => ({ name, kind: kinds[type] }));
  return inMemory(
    columns,
    rows.map((row) => columns.map(({ name }) => (name === 'run' ? run : (row[name] ?? null)))),
  );
}

const inMemory = (columns: ExportTable['columns'], rows: readonly (readonly ExportValue[])[]): ExportTable => ({
  columns,
  async *batches() {
    yield rows;
  },
});

const width = 720;

/** @throws Refusal 404 */
export async function chartFile(
  page: Pick<PageRun, 'groups' | 'overall'>,
  {
    chart: name,
    group,
    policy = [],
    format,
    theme = 'light',
  }: Pick<Query, 'chart' | 'group' | 'policy' | 'theme'> & { format: 'svg' | 'png' },
): Promise<Download> {
  const list: readonly NamedChart[] | undefined = group === undefined ? page.overall : page.groups[group]?.charts;
  const found = chosenCharts(list ?? [], policy).find((one) => one.name === name);
  if (!found) throw new Refusal(404, 'chart: the page of this run has no such chart');
  const { chartPng, chartSvg, ...drawing } = await import('../report/open-charts.ts');
  const svg = chartSvg(found.chart, { theme: drawing[theme], width, document: drawing.openDocument() });
  const body = format === 'svg' ? svg : new Uint8Array(await chartPng(svg));
  return { body, type: types[format], file: `${name}.${format}` };
}
