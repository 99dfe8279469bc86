import { elapsed, now } from '../core/index.ts';

/** The time of one trial. It starts with the trial's first step, a call or an action. */
export interface TrialClock {
  /** When a step that begins at this moment was meant to begin. */
  begin(at: bigint): bigint;
  /** Milliseconds from the trial's start. */
  since(at: bigint): number;
  /** Milliseconds from the trial's start until now; undefined before its first step. */
  wall(): number | undefined;
}

/** @param scheduled when the first step was meant to begin, where a schedule says so (open loop) */
export function createTrialClock(scheduled?: bigint): TrialClock {
  let origin: bigint | undefined;
  return {
    begin(at) {
      if (origin !== undefined) return at;
      origin = scheduled ?? at;
      return origin;
    },
    since: (at) => elapsed(origin ?? at, at),
    wall: () => (origin === undefined ? undefined : elapsed(origin, now())),
  };
}
