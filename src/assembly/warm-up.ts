/** What a run against an API sends before its first trial: sockets are opened, and where requests are limited, paid for. */
import type { ResolvedConfig } from '../config/index.ts';
import { pause } from '../pacing/pause.ts';
import type { OpenBackend } from './open-backend.ts';

const mostSockets = 64;
/** The limiter's refill beside its burst: see `requestBucket`. */
const refill = 0.95;
const longestPause = 60_000;

/** @param left trials to be played. None: nothing is sent. */
export async function warmUp(
  { config, execution }: ResolvedConfig,
  { warm, connections }: Pick<OpenBackend, 'warm' | 'connections'>,
  left: number,
  signal: AbortSignal,
): Promise<void> {
  if (left === 0) return;
  await warm?.(Math.min(mostSockets, left, atOnce(execution), Math.ceil(execution.rps ?? config.concurrency)));
  const owed = debtOf(connections?.().requests ?? 0, execution);
  if (owed > 0) await pause(Math.min(longestPause, owed), signal).catch(() => undefined);
}

/** Requests that the limits the user set allow at once: one is always asked, for the first trial needs it. */
function atOnce({ requestsPerSecond, requestsPerMinute }: ResolvedConfig['execution']): number {
  const bySecond = requestsPerSecond ?? Number.POSITIVE_INFINITY;
  const byMinute = requestsPerMinute === null ? Number.POSITIVE_INFINITY : (1 - refill) * requestsPerMinute;
  return Math.max(1, Math.floor(Math.min(bySecond, byMinute)));
}

/** Milliseconds in which the limits that the user set allow so many requests. */
function debtOf(requests: number, { requestsPerSecond, requestsPerMinute }: ResolvedConfig['execution']): number {
  const bySecond = requestsPerSecond === null ? 0 : (1000 * requests) / requestsPerSecond;
  const byMinute = requestsPerMinute === null ? 0 : (60_000 * requests) / (refill * requestsPerMinute);
  return Math.max(bySecond, byMinute);
}
