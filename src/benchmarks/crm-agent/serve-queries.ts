/**
 * Runs in a thread of its own, as text: it is started from its source, so it uses nothing from outside itself.
 * Each message is a query, each reply its rows or an error.
 */
import type { Database as SqliteDatabase } from 'node-sqlite3-wasm';

export interface QueryWork {
  /** Module of SQLite, and the file of the database. */
  library: string;
  file: string;
  mostRows: number;
  mostBytes: number;
}

export type QueryReply = { rows: Record<string, unknown>[]; more: boolean } | { error: string } | 'ready';

export function serveQueries(load: (name: string) => unknown): void {
  const { parentPort, workerData } = load('node:worker_threads') as typeof import('node:worker_threads');
  const { library, file, mostRows, mostBytes } = workerData as QueryWork;
  const { Database } = load(library) as { Database: typeof SqliteDatabase };
  const database = new Database(file, { readOnly: true });
  database.exec(`pragma query_only = on; pragma hard_heap_limit = ${mostBytes}; pragma trusted_schema = off`);

  const plain = (value: unknown): unknown => {
    if (typeof value === 'bigint') return String(value);
    if (value instanceof Uint8Array) return `${value.length} bytes`;
    return typeof value === 'string' && value.length > 4000 ? `${value.slice(0, 4000)}…` : value;
  };

  function run(query: string): QueryReply {
    const statement = database.prepare(query);
    try {
      const rows: Record<string, unknown>[] = [];
      for (const row of statement.iterate([])) {
        if (rows.length === mostRows) return { rows, more: true };
        rows.push(Object.fromEntries(Object.entries(row as object).map(([name, value]) => [name, plain(value)])));
      }
      return { rows, more: false };
    } finally {
      statement.finalize();
    }
  }

  parentPort?.on('message', (query: string) => {
    let reply: QueryReply;
    try {
      reply = run(query);
    } catch (error) {
      reply = { error: error instanceof Error ? error.message : String(error) };
    }
    parentPort?.postMessage(reply);
  });
  parentPort?.postMessage('ready' satisfies QueryReply);
}
