/**
 * Read-only SQL that an agent may write. Queries run one after the other in a thread; one that takes too long, or too
 * much memory, costs the thread and not the run: the next query gets a new one.
 */
import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { refusalOf } from './guard-query.ts';
import { type QueryReply, type QueryWork, serveQueries } from './serve-queries.ts';

export interface Queries extends AsyncDisposable {
  /** Rows as JSON, `[]` for none, or `ERROR: …`: what the agent is told. It does not throw for a bad query. */
  run(query: string): Promise<string>;
}

export interface QueryLimits {
  /** Milliseconds a query may take. @default 2000 */
  timeout?: number;
  /** @default 50 */
  mostRows?: number;
  /** Characters of the rows. @default 12,000 */
  mostText?: number;
  /** Memory of SQLite. @default 256 MiB */
  mostBytes?: number;
}

/** @param file an SQLite database that nobody else has open */
export function openQueries(file: string, limits: QueryLimits = {}): Queries {
  const { timeout = 2000, mostRows = 50, mostText = 12_000, mostBytes = 256 * 2 ** 20 } = limits;
  const library = createRequire(import.meta.url).resolve('node-sqlite3-wasm');
  let worker: Promise<Worker> | undefined;
  let last: Promise<unknown> = Promise.resolve();

  const start = async () => {
    // The lock of a thread that was ended in a query. Nobody else has this file open.
    await rm(`${file}.lock`, { recursive: true, force: true });
    const started = new Worker(`(${serveQueries})(require)`, {
      eval: true,
      workerData: { library, file, mostRows, mostBytes } satisfies QueryWork,
    });
    started.unref();
    await replyOf(started);
    return started;
  };

  async function answer(query: string): Promise<string> {
    worker ??= start();
    const current = await worker;
    const timer = setTimeout(() => void current.terminate(), timeout);
    try {
      const reply = replyOf(current);
      current.postMessage(query);
      return textOf(await reply, mostRows, mostText);
    } catch (error) {
      worker = undefined;
      await current.terminate();
      return error instanceof Ended
        ? `ERROR: the query took longer than ${timeout / 1000} s`
        : 'ERROR: the query broke off';
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    run(query) {
      const refused = refusalOf(query);
      if (refused !== undefined) return Promise.resolve(`ERROR: ${refused}`);
      const running = last.then(() => answer(query));
      last = running.catch(() => undefined);
      return running;
    },
    async [Symbol.asyncDispose]() {
      await last;
      await (await worker)?.terminate();
    },
  };
}

/** The thread was ended before it replied. */
class Ended extends Error {}

/** The next message. */
function replyOf(worker: Worker): Promise<QueryReply> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      finish();
    };
    const onMessage = (reply: QueryReply) => settle(() => resolve(reply));
    const onError = (error: Error) => settle(() => reject(error));
    const onExit = () => settle(() => reject(new Ended()));
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
  });
}

function textOf(reply: QueryReply, mostRows: number, mostText: number): string {
  if (reply === 'ready') return '[]';
  if ('error' in reply) return `ERROR: ${reply.error.slice(0, 500)}`;
  const text = JSON.stringify(reply.rows);
  const cut = text.length > mostText ? `${text.slice(0, mostText)}…` : text;
  return reply.more ? `${cut}\n(the first ${mostRows} rows; there are more)` : cut;
}
