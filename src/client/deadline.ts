/** One timer for all phases of an attempt: it fires rarely and looks up what is due, so progress costs no timer call. */
import type { Cause } from './ending.ts';

/** Milliseconds. */
export interface Timeouts {
  /** Until the request is on a socket. @default 10000 */
  connect: number;
  /** From the send to the first token. @default 120000 */
  firstToken: number;
  /** Between two events with data. @default 60000 */
  gap: number;
  /** Of the whole attempt. @default 600000 */
  total: number;
}

export const defaultTimeouts: Timeouts = { connect: 10_000, firstToken: 120_000, gap: 60_000, total: 600_000 };

export type Phase = 'connect' | 'first-token' | 'gap';

export interface Deadline {
  /** Enters a phase, or goes on in it after something came: its time counts from now. */
  enter(phase: Phase): void;
  clear(): void;
}

export function createDeadline(timeouts: Timeouts, onDue: (cause: Cause) => void): Deadline {
  const limits: Record<Phase, number> = {
    connect: timeouts.connect,
    'first-token': timeouts.firstToken,
    gap: timeouts.gap,
  };
  const started = performance.now();
  let phase: Phase = 'connect';
  let since = started;
  let timer: NodeJS.Timeout | undefined;
  let firesAt = Number.POSITIVE_INFINITY;

  const due = () => Math.min(since + limits[phase], started + timeouts.total);

  function arm(): void {
    clearTimeout(timer);
    firesAt = due();
    timer = setTimeout(look, Math.min(2 ** 31 - 1, Math.max(1, Math.ceil(firesAt - performance.now()))));
  }

  function look(): void {
    const time = performance.now();
    if (time < due()) arm();
    else onDue(time >= started + timeouts.total ? 'total' : phase);
  }

  arm();
  return {
    enter(next) {
      phase = next;
      since = performance.now();
      if (due() < firesAt) arm();
    },
    clear: () => clearTimeout(timer),
  };
}
