/** `ttcbench worker`: plays the trials of runs that were started with `--queue`. */
import { Command } from 'commander';
import { plainText } from '../core/plain-text.ts';
import { whole } from './number-flag.ts';
import { untilInterrupted } from './session.ts';

interface Flags {
  queue: string;
  concurrency: string;
  once?: boolean;
}

export function workerCommand(): Command {
  return new Command('worker')
    .description('play the trials of runs that were started with run --queue, on this machine')
    .requiredOption('--queue <url>', 'Redis, Valkey or Postgres, as redis://host:port or postgres://user@host/database')
    .option('--concurrency <n>', 'trials that are played at once', '64')
    .option('--once', 'end after one run')
    .action(worker);
}

async function worker({ queue: url, concurrency, once = false }: Flags): Promise<void> {
  const { workQueue } = await import('../queue/work-queue.ts');
  using session = untilInterrupted();
  await workQueue({
    ...{ url, once, signal: session.signal, concurrency: whole('concurrency', concurrency, 1, 10_000) ?? 64 },
    onNote: (sentence) => console.error(plainText(sentence)),
  });
}
