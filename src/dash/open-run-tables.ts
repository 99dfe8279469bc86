/** Trials of runs as rows: DuckDB over the Parquet of a run, brought up to date when its journal has grown. */
import { openTables, type Tables } from '../ttcbench/index.ts';
import { revisionOf } from './find-runs.ts';
import type { Query } from './query.ts';
import { Refusal } from './refusal.ts';

export interface TrialRows {
  /** Trials that the filters let through. */
  total: number;
  rows: Record<string, unknown>[];
}

export type TrialFilter = Pick<
  Query,
  | 'policy'
  | 'benchmark'
  | 'status'
  | 'sample'
  | 'family'
  | 'backend'
  | 'model'
  | 'range'
  | 'least'
  | 'most'
  | 'from'
  | 'to'
  | 'sort'
  | 'order'
  | 'limit'
  | 'offset'
>;

const columns = [
  ...['trial_key', 'benchmark', 'policy_name', 'sample_id', 'repeat', 'status'],
  ...['generation_time', 'first_token_latency', 'throughput', 'reward', 'completion_tokens', 'error_code'],
] as const;

const filters = {
  ...{ policy: 'policy_name', benchmark: 'benchmark', status: 'status', sample: 'sample_id' },
  ...{ family: 'family', backend: 'backend', model: 'model' },
} as const;

interface OpenRows {
  revision: string;
  tables: Tables;
}

const mostOpen = 4;
/** Questions that wait. */
const mostWaiting = 64;

export function createRunTables() {
  const open = new Map<string, OpenRows>();
  // One at a time: a connection answers one question, and Parquet is written by one.
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    if (waiting >= mostWaiting) throw new Refusal(503, 'too many questions wait already: ask again later');
    waiting++;
    const next = last.then(work, work);
    last = next.catch(() => undefined);
    return await next.finally(() => waiting--);
  };

  async function tablesOf(folder: string): Promise<Tables> {
    const revision = revisionOf(folder);
    const known = open.get(folder);
    if (known) {
      if (known.revision !== revision) await known.tables.refresh();
      known.revision = revision;
      return known.tables;
    }
    const tables = await openTables([folder]);
    open.set(folder, { revision, tables });
    const [oldest] = open.keys();
    if (open.size > mostOpen && oldest !== undefined) {
      open.get(oldest)?.tables[Symbol.dispose]();
      open.delete(oldest);
    }
    return tables;
  }

  return {
    /** @param work gets a connection with the view `trials` over this run */
    use: <T>(folder: string, work: (connection: Tables['connection']) => Promise<T>): Promise<T> =>
      inTurn(async () => await work((await tablesOf(folder)).connection)),
    trials: (folder: string, filter: TrialFilter): Promise<TrialRows> =>
      inTurn(async () => {
        const { connection } = await tablesOf(folder);
        const values: Record<string, string> = {};
        const where = whereOf(filter, (name, value) => {
          values[name] = value;
          return `$${name}`;
        });
        const count = await connection.runAndReadAll(`SELECT count(*)::DOUBLE AS total FROM trials ${where}`, values);
        const { limit = 200, offset = 0 } = filter;
        const read = await connection.runAndReadAll(
          `SELECT ${columns.join(', ')} FROM trials ${where} ${orderOf(filter)} LIMIT CAST($limit AS BIGINT) OFFSET CAST($offset AS BIGINT)`,
          { ...values, limit, offset },
        );
        return {
          total: Number(count.getRowObjectsJson()[0]?.total ?? 0),
          rows: read.getRowObjectsJson() as Record<string, unknown>[],
        };
      }),
    close: (): Promise<void> =>
      inTurn(async () => {
        for (const { tables } of open.values()) tables[Symbol.dispose]();
        open.clear();
      }),
  };
}

/** @param write how a value stands in SQL */
export function whereOf(filter: TrialFilter, write: (name: string, value: string) => string): string {
  const parts = (Object.keys(filters) as (keyof typeof filters)[]).flatMap((name) => {
    const wanted = [filter[name] ?? []].flat();
    if (wanted.length === 0) return [];
    return [`${filters[name]} IN (${wanted.map((value, i) => write(`${name}${i}`, value)).join(', ')})`];
  });
  const day = (name: 'from' | 'to', sign: string, days: number) =>
    filter[name] === undefined
      ? []
      : [`started_at ${sign} CAST(${write(name, filter[name])} AS TIMESTAMPTZ) + INTERVAL ${days} DAY`];
  const { range } = filter;
  const end = (name: 'least' | 'most', sign: string) =>
    range === undefined || filter[name] === undefined
      ? []
      : [`${range} ${sign} CAST(${write(name, String(filter[name]))} AS DOUBLE)`];
  const all = [...parts, ...day('from', '>=', 0), ...day('to', '<', 1), ...end('least', '>='), ...end('most', '<=')];
  return all.length > 0 ? `WHERE ${all.join(' AND ')}` : '';
}

/** Names of columns and directions are those of the schema; whatever else was asked is bound or escaped. */
export const orderOf = ({ sort = 'sample', order = 'asc' }: TrialFilter): string =>
  `ORDER BY ${sort === 'sample' ? 'sample_id' : sort} ${order === 'asc' ? 'ASC' : 'DESC'} NULLS LAST, trial_key`;
