import { literal } from './columns.ts';
import type { DuckDBConnection } from './open-database.ts';
import { trialsPath } from './publish.ts';

/** The view `trials` over the Parquet of any number of runs. Their `run` is the folder as it was named here. */
export async function createTrialsView(connection: DuckDBConnection, runs: readonly string[]): Promise<void> {
  const paths = runs.map((run) => literal(trialsPath(run)));
  const end = trialsPath('').length;
  const folder = `left(filename, length(filename) - ${end + 1})`;
  await connection.run(
    `CREATE OR REPLACE VIEW trials AS SELECT * REPLACE (${folder} AS run) FROM read_parquet([${paths.join(', ')}], union_by_name = true)`,
  );
}
