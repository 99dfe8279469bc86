/** DuckDB, loaded where it is needed: it is 70 MB, and takes 0.2 s. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { TtcError } from '../core/index.ts';

export type { DuckDBConnection };

export interface Database extends Disposable {
  connection: DuckDBConnection;
}

/** A database in memory. Times are in UTC, and no extension is fetched from anywhere. */
export async function openDatabase(): Promise<Database> {
  const { DuckDBInstance } = await import('@duckdb/node-api').catch((cause) => {
    throw new TtcError('E_LIBRARY', 'DuckDB cannot be loaded', {
      help: 'npm install fetches @duckdb/node-api; it has builds for Linux, macOS and Windows',
      cause,
    });
  });
  const instance = await DuckDBInstance.create(':memory:', {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    preserve_insertion_order: 'false',
  });
  const connection = await instance.connect();
  await connection.run("SET TimeZone = 'UTC'");
  return {
    connection,
    [Symbol.dispose]() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** Rows of a query as objects. Big integers and times are text, as JSON has no such types. */
export async function queryJson(connection: DuckDBConnection, sql: string): Promise<Record<string, unknown>[]> {
  return (await connection.runAndReadAll(sql)).getRowObjectsJson() as Record<string, unknown>[];
}
