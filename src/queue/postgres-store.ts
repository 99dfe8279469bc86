/**
 * A run in Postgres. Our tables are in the schema `ttcbench`, those of the queue of jobs in `ttcbench_jobs`; both are
 * made at the first use, so the login needs the right to make them once.
 */
import type { Pool } from 'pg';
import { jobQueueOf, workerOptions } from './job-queue.ts';
import { optional } from './optional.ts';
import type { RunInStore, Store } from './store.ts';

/** Any number that nobody else locks: two who make the tables at once would meet each other's half. */
const makingLock = 7_266_811;

/**
 * `take` is the token buckets of the Redis store: from all or from none, one caller of a run at a time, by the clock of
 * the database. It returns milliseconds to wait; 0: taken.
 */
const tables = `
CREATE SCHEMA IF NOT EXISTS ttcbench;
CREATE TABLE IF NOT EXISTS ttcbench.runs (run text PRIMARY KEY, announcement text, over_until timestamptz, held_until timestamptz);
CREATE TABLE IF NOT EXISTS ttcbench.results (run text, key text, trial text NOT NULL, is_noticed boolean NOT NULL DEFAULT false, PRIMARY KEY (run, key));
CREATE INDEX IF NOT EXISTS results_to_notice ON ttcbench.results (run) WHERE NOT is_noticed;
CREATE TABLE IF NOT EXISTS ttcbench.workers (run text, worker text, sign text NOT NULL, PRIMARY KEY (run, worker));
CREATE TABLE IF NOT EXISTS ttcbench.buckets (run text, bucket text, level float8 NOT NULL, at float8 NOT NULL, PRIMARY KEY (run, bucket));
CREATE OR REPLACE FUNCTION ttcbench.take(of_run text, names text[], sizes float8[], rates float8[], amounts float8[])
RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
  now_ms float8;
  held float8;
  wait float8 := 0;
  levels float8[] := '{}';
  found record;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('ttcbench ' || of_run));
  now_ms := extract(epoch FROM clock_timestamp()) * 1000;
  SELECT extract(epoch FROM held_until) * 1000 - now_ms INTO held FROM ttcbench.runs WHERE run = of_run;
  IF held > 0 THEN RETURN ceil(held); END IF;
  FOR i IN 1 .. coalesce(array_length(names, 1), 0) LOOP
    SELECT level, at INTO found FROM ttcbench.buckets WHERE run = of_run AND bucket = names[i];
    levels[i] := CASE WHEN found.level IS NULL THEN sizes[i]
      ELSE least(sizes[i], found.level + greatest(0, now_ms - found.at) * rates[i]) END;
    IF levels[i] + 1e-6 < amounts[i] THEN wait := greatest(wait, (amounts[i] - levels[i]) / rates[i]); END IF;
  END LOOP;
  IF wait > 0 THEN RETURN ceil(wait); END IF;
  FOR i IN 1 .. coalesce(array_length(names, 1), 0) LOOP
    INSERT INTO ttcbench.buckets VALUES (of_run, names[i], levels[i] - amounts[i], now_ms)
    ON CONFLICT (run, bucket) DO UPDATE SET level = excluded.level, at = excluded.at;
  END LOOP;
  RETURN 0;
END $$;
`;

/** Milliseconds between two looks for results, and how long one waits for one. */
const look = { every: 20, longest: 1000 };

/** Rejects where there is no answer before the signal. */
export async function connectPostgres(url: string, late: AbortSignal): Promise<Store> {
  const [pg, bullmq] = await optional(() => Promise.all([import('pg'), import('bullmq')]), 'bullmq@6.7.0 pg@8.23.1');
  const pool = new pg.default.Pool({ connectionString: url, max: 8 });
  pool.on('error', () => undefined);
  const silence = new Promise<never>((_, reject) => {
    late.addEventListener('abort', () => reject(new Error('no answer')), { once: true });
  });
  try {
    await Promise.race([makeTables(pool), silence]);
  } catch (error) {
    void pool.end().catch(() => undefined);
    throw error;
  }
  const connection = { connectionString: url, schema: 'ttcbench_jobs', migrate: true };
  return {
    async runs() {
      const { rows } = await pool.query('SELECT run, announcement FROM ttcbench.runs WHERE announcement IS NOT NULL');
      return rows.map(({ run, announcement }) => [run, announcement]);
    },
    open: (run) => openRun(pool, bullmq, connection, run),
    close: () => pool.end(),
  };
}

async function makeTables(pool: Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query(`SELECT pg_advisory_xact_lock(${makingLock})`);
    await client.query(tables);
    await client.query('COMMIT');
  } finally {
    client.release();
  }
}

/** Milliseconds between two tries to reach a database that is gone. */
const tryEvery = 250;

/** A database that goes away is waited for, as one waits for Redis. What was asked may have been done before it went. */
async function whenBack<T>(pool: Pool, ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const { code, message } = error as { code?: string; message?: string };
      const isGone = /^(ECONN|EPIPE|08|57P0)/.test(code ?? '') || /connection (terminated|ended)/i.test(message ?? '');
      if (!isGone || pool.ending) throw error;
      await new Promise((go) => setTimeout(go, tryEvery));
    }
  }
}

function openRun(
  pool: Pool,
  bullmq: typeof import('bullmq'),
  connection: { connectionString: string; schema: string; migrate: boolean },
  run: string,
): RunInStore {
  const { Queue, Worker } = bullmq.withBackend(bullmq.createPostgresBackend);
  const name = `ttcbench-${run}`;
  const ask = async (sql: string, ...values: unknown[]) =>
    (await whenBack(pool, () => pool.query(sql, [run, ...values]))).rows;
  const tell = async (sql: string, ...values: unknown[]) => void (await ask(sql, ...values));
  return {
    async begin() {
      await tell('INSERT INTO ttcbench.runs (run) VALUES ($1) ON CONFLICT (run) DO UPDATE SET over_until = NULL');
      await tell('DELETE FROM ttcbench.workers WHERE run = $1');
    },
    announce: (text) => tell('UPDATE ttcbench.runs SET announcement = $2 WHERE run = $1', text),
    end: () =>
      tell(`UPDATE ttcbench.runs SET announcement = NULL, over_until = now() + interval '1 minute' WHERE run = $1`),
    isOver: async () => (await ask('SELECT 1 FROM ttcbench.runs WHERE run = $1 AND over_until > now()')).length > 0,
    result: async (key) => (await ask('SELECT trial FROM ttcbench.results WHERE run = $1 AND key = $2', key))[0]?.trial,
    handIn: (key, text) =>
      tell('INSERT INTO ttcbench.results (run, key, trial) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', key, text),
    forget: (key) => tell('DELETE FROM ttcbench.results WHERE run = $1 AND key = $2', key),
    async finished() {
      const until = performance.now() + look.longest;
      for (;;) {
        const rows = await ask(
          'UPDATE ttcbench.results SET is_noticed = true WHERE run = $1 AND NOT is_noticed RETURNING key',
        );
        if (rows.length > 0 || performance.now() >= until) return rows.map(({ key }) => key);
        await new Promise((go) => setTimeout(go, look.every));
      }
    },
    sign: (worker, text) =>
      tell(
        'INSERT INTO ttcbench.workers VALUES ($1, $2, $3) ON CONFLICT (run, worker) DO UPDATE SET sign = excluded.sign',
        ...[worker, text],
      ),
    signs: async () => (await ask('SELECT sign FROM ttcbench.workers WHERE run = $1')).map(({ sign }) => sign),
    async take(wanted) {
      const of = (name: 'size' | 'rate') => wanted.map(({ bucket }) => bucket[name]);
      const names = wanted.map(({ bucket }) => bucket.name);
      const amounts = wanted.map(({ amount }) => amount);
      const [row] = await ask(
        'SELECT ttcbench.take($1, $2, $3, $4, $5) AS wait',
        ...[names, of('size'), of('rate'), amounts],
      );
      return Number(row?.wait);
    },
    give: (bucket, amount) =>
      tell('UPDATE ttcbench.buckets SET level = level + $3 WHERE run = $1 AND bucket = $2', bucket, amount),
    hold: (milliseconds) =>
      tell(`UPDATE ttcbench.runs SET held_until = now() + $2 * interval '1 millisecond' WHERE run = $1`, milliseconds),
    openQueue() {
      const jobs = jobQueueOf(new Queue(name, { connection }));
      // To add a job again is harmless: it has its key.
      return {
        ...jobs,
        add: (job) => whenBack(pool, () => jobs.add(job)),
        has: (key) => whenBack(pool, () => jobs.has(key)),
      };
    },
    work(play, concurrency) {
      const worker = new Worker(name, ({ data }) => play(data), { ...workerOptions, connection, concurrency });
      worker.on('error', () => undefined);
      return { close: () => worker.close() };
    },
    close: () => tell('DELETE FROM ttcbench.workers WHERE run = $1').catch(() => undefined),
  };
}
