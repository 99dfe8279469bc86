/** The numbers of a run's report as Parquet beside its rows: `<run folder>/parquet/comparisons.parquet`. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { hash, version } from '../core/index.ts';
import { buildReport, comparisonColumns, comparisonRows } from '../report/index.ts';
import {
  type DuckDBConnection,
  literal,
  parquetFolder,
  queryJson,
  readPublished,
  writeRecords,
} from '../tables/index.ts';
import { collectRun } from './collect-run.ts';

export const comparisonsPath = (run: string): string => join(run, parquetFolder, 'comparisons.parquet');

/**
 * Made anew where the rows beside it are others than those it was made from. The rows have to be up to date.
 * @throws E_DATA where it cannot be written
 */
export async function publishComparisons(connection: DuckDBConnection, run: string): Promise<void> {
  const path = comparisonsPath(run);
  const madeOf = hash([version, run, (await readPublished(connection, run))?.state, Object.keys(comparisonColumns)]);
  if ((await madeFrom(connection, path)) === madeOf) return;
  const { lacking: _, ...input } = await collectRun(run);
  const rows = comparisonRows(buildReport(input), input.extra);
  await writeRecords(connection, rows, comparisonColumns, path, { madeOf });
}

async function madeFrom(connection: DuckDBConnection, path: string): Promise<string | undefined> {
  if (!existsSync(path)) return undefined;
  try {
    const [found] = await queryJson(
      connection,
      `SELECT decode(value) AS value FROM parquet_kv_metadata(${literal(path)}) WHERE decode(key) = 'ttcbench'`,
    );
    return found && (JSON.parse(String(found.value)) as { madeOf?: string }).madeOf;
  } catch {
    return undefined;
  }
}
