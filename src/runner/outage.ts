/**
 * Tells when a server is gone. Each trial against it would fail, one after the other, for as long as the plan is; so a
 * run stops, and the same command goes on when the server is back.
 *
 * The failures that tell so are not kept: they say nothing of a policy, and resuming plays no failed trial again. Until
 * it is clear what they are they wait, and where the server answers again they are kept as what they were.
 */
import { elapsed, now, plainText, type Stop, type Trial } from '../core/index.ts';

export interface OutageLimits {
  /** Trials in a row that could not connect. */
  trials: number;
  /** Milliseconds from the end of the first of them: a server that restarts is back within them. */
  milliseconds: number;
}

export const OUTAGE: OutageLimits = { trials: 16, milliseconds: 2000 };

const longestCause = 300;

export interface Outage {
  /** Takes a finished trial. @returns the trials to be kept now, in the order of their ends */
  take(trial: Trial): Trial[];
  /** Why the run should stop, where the server is gone. */
  stop(): Stop | undefined;
  /** What still waits when the run ends: none where the server is gone. */
  rest(): Trial[];
}

/** @param clock as `now`, in nanoseconds */
export function watchServer({ trials, milliseconds }: OutageLimits = OUTAGE, clock: () => bigint = now): Outage {
  let waiting: Trial[] = [];
  let since: bigint | undefined;
  let cause: string | undefined;

  return {
    take(trial) {
      if (isUnreached(trial)) {
        since ??= clock();
        waiting.push(trial);
        if (waiting.length >= trials && elapsed(since, clock()) >= milliseconds)
          cause ??= plainText(trial.error?.message ?? '', longestCause);
        return [];
      }
      // A timeout, or a policy that was refused, says nothing of the server.
      if (!hasReached(trial)) return [trial];
      const kept = cause === undefined ? [...waiting, trial] : [trial];
      waiting = [];
      since = undefined;
      return kept;
    },
    stop: () => (cause === undefined ? undefined : { code: 'server_gone', cause }),
    rest: () => (cause === undefined ? waiting.splice(0) : []),
  };
}

const isUnreached = (trial: Trial) => trial.error?.code === 'E_CONNECT' && !hasReached(trial);

/** Whether any of its calls had an answer, were it a refusal. */
const hasReached = ({ turns, counters }: Trial): boolean =>
  turns.some(({ error }) => error === undefined) ||
  counters.calls.some(({ outcome, status }) => outcome === 'ok' || status !== undefined);
