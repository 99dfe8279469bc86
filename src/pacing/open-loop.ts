/** Open loop: trials start when the schedule says, however slow the answers are. */
import { setImmediate as turn } from 'node:timers/promises';
import { createRandom, now, type Stop } from '../core/index.ts';
import type { Admission } from './admission.ts';
import { pause } from './pause.ts';

export interface OpenLoopOptions {
  /** Trials a second. */
  rps: number;
  /** @default 'constant' */
  arrivals?: 'constant' | 'poisson';
  seed?: number;
  /** Seconds of the schedule. Trials that were due before its end are played however late the client is. */
  duration?: number;
  /** Trials in flight at which the schedule is held up rather than memory filled. @default 20000 */
  maxInFlight?: number;
}

export interface OpenLoop extends Admission {
  /** For `RunOptions.enough`. */
  enough(): Stop | undefined;
}

/** Milliseconds of each arrival after the first: i / rps, or sums of exponential gaps of that mean. */
export function* arrivalTimes({ rps, arrivals = 'constant', seed = 0 }: OpenLoopOptions): Generator<number> {
  const random = createRandom(seed);
  let at = 0;
  for (let i = 0; ; i++) {
    yield arrivals === 'constant' ? (i * 1000) / rps : at;
    at += (-Math.log(1 - random()) * 1000) / rps;
  }
}

/**
 * Waits with a timer up to the last whole millisecond, then turn by turn of the event loop: a timer is exact to a
 * millisecond only.
 */
async function until(due: bigint, signal: AbortSignal): Promise<void> {
  const left = () => Number(due - now()) / 1e6;
  for (let early = left(); early > 0 && !signal.aborted; early = left()) {
    if (early < 1) await turn();
    else await pause(Math.floor(early), signal).catch(() => undefined);
  }
}

/** `intended` is the scheduled time even where the client came late: latency counts from there (coordinated omission). */
export function openLoop(options: OpenLoopOptions): OpenLoop {
  const { duration, maxInFlight = 20_000 } = options;
  const times = arrivalTimes(options);
  const waiting: (() => void)[] = [];
  let inFlight = 0;
  let start: bigint | undefined;
  let latest: bigint | undefined;

  const leave = () => {
    inFlight--;
    waiting.shift()?.();
  };

  return {
    async admit(_, signal) {
      start ??= now();
      const intended = start + BigInt(Math.round((times.next().value as number) * 1e6));
      latest = intended;
      await until(intended, signal);
      if (inFlight >= maxInFlight && !signal.aborted) await new Promise<void>((resolve) => waiting.push(resolve));
      inFlight++;
      let left = false;
      return {
        intended,
        leave() {
          if (!left) leave();
          left = true;
        },
      };
    },
    enough() {
      if (duration === undefined || start === undefined || latest === undefined) return undefined;
      if (Number(latest - start) / 1e9 < duration) return undefined;
      return { code: 'duration', limit: duration };
    },
  };
}
