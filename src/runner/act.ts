/** An action of an agent between its calls: run, timed, and kept with what went in and came out. */
import { type Action, now, TtcError } from '../core/index.ts';
import { unlessAborted } from '../pacing/wait.ts';
import { failureOf } from './failure.ts';
import type { TrialClock } from './trial-clock.ts';

/** Characters of an input or output that are kept. A query may give megabytes, and a journal is read line by line. */
const MOST_KEPT = 4000;

export interface Acting<T> {
  name: string;
  input: unknown;
  run(signal: AbortSignal): T | Promise<T>;
}

/** @param keep gets the action when it is over, also where it failed or the trial was aborted under it */
export async function act<T>(
  { name, input, run }: Acting<T>,
  { clock, signal }: { clock: TrialClock; signal: AbortSignal },
  keep: (action: Action) => void,
): Promise<T> {
  signal.throwIfAborted();
  // Before it runs: it may change what it was given.
  const given = textOf(input);
  const began = now();
  clock.begin(began);
  const started_at = new Date().toISOString();
  const kept = (outcome: Pick<Action, 'output' | 'error'>) => {
    keep({ name, started_at, start: clock.since(began), end: clock.since(now()), input: given, ...outcome });
  };
  try {
    const output = await unlessAborted(signal, Promise.resolve(run(signal)));
    kept({ output: textOf(output) });
    return output;
  } catch (error) {
    // What a tool throws is not the backend's failure.
    kept({ error: failureOf(error, error instanceof TtcError ? error.code : 'E_BENCHMARK') });
    throw error;
  }
}

function textOf(value: unknown): string {
  return (typeof value === 'string' ? value : jsonOf(value)).slice(0, MOST_KEPT);
}

/** What JSON cannot hold (a cycle, a bigint) is named as JavaScript names it. */
function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? '';
  } catch {
    return String(value);
  }
}
