/** Rows, or a table made from them, as a file for another program. */
import { didYouMean, TtcError } from '../core/index.ts';
import { type Exported, type ExportFormat, exportEvaluations, exportFile, exportFormats } from '../tables/index.ts';
import { marts } from './marts.ts';
import { openTables, type PublishedRun, type PublishOptions } from './open-tables.ts';

export interface ExportOptions extends PublishOptions {
  /** `csv`, `xlsx`, `parquet`, `json`, or `eee` (Every Eval Ever: a folder of records). */
  format: ExportFormat | 'eee';
  /** `trials`, or a table that is made from it. @default `trials` */
  of?: string | undefined;
  /** The file; with `eee` the folder. What is there is replaced. */
  out: string;
  /** CSV as it is, formulas and all. */
  raw?: boolean | undefined;
}

export interface ExportResult extends Exported {
  out: string;
  runs: readonly PublishedRun[];
}

export const formatNames = [...Object.keys(exportFormats), 'eee'];
export const tableNames = (): string[] => ['trials', ...marts.map(({ name }) => name)];

/** @throws E_ARGUMENT where there is no such format or table; E_DATA where a run or the file cannot be used */
export async function exportTables(
  runs: readonly string[],
  { format, of = 'trials', out, raw, ...options }: ExportOptions,
): Promise<ExportResult> {
  checkName('format', format, formatNames);
  checkName('table', of, tableNames());
  if (format === 'eee' && of !== 'trials')
    throw new TtcError('E_ARGUMENT', `--format eee is made of trials, not of ${of}`, { help: 'leave --of out' });
  using tables = await openTables(runs, options);
  const { connection } = tables;
  await marts
    .find(({ name }) => name === of)
    ?.create(
      connection,
      tables.runs.map(({ run }) => run),
    );
  const exported =
    format === 'eee'
      ? await exportEvaluations(connection, out, new Date())
      : await exportFile({ connection, table: of, raw }, format, out);
  return { ...exported, out, runs: tables.runs };
}

function checkName(kind: string, name: string, known: readonly string[]): void {
  if (known.includes(name)) return;
  throw new TtcError('E_ARGUMENT', `there is no ${kind} ${JSON.stringify(name)}${didYouMean(name, known)}`, {
    help: `there are ${known.join(', ')}`,
  });
}
