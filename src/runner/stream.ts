import type { Part } from '../core/index.ts';
import { settles, unlessAborted } from '../pacing/wait.ts';
import type { Collector } from './collect.ts';

/** How long, in milliseconds, an aborted stream may take to hand in its counters. */
export interface Patience {
  /**
   * After the trial's timeout. Longer than the 10 s after which the engine's proxy ends a process that does not
   * answer, so that the next trial finds a fresh one.
   */
  afterTimeout: number;
  /** After the user's abort: Ctrl-C has to take effect within a second. */
  afterAbort: number;
}

export const PATIENCE: Patience = { afterTimeout: 15_000, afterAbort: 300 };

export interface Reading {
  /** Aborts the stream: timeout, user, or the end of the trial. */
  signal: AbortSignal;
  /** The user's abort alone. */
  userSignal: AbortSignal;
  patience: Patience;
}

/**
 * Feeds a stream's parts to the collector until it ends. After an abort the stream is asked to return and gets
 * bounded time to do so.
 * @throws the stream's error, the collector's, or the signal's reason
 * @returns never after an abort; `stuck` is called if the stream did not end in time
 */
export async function read(
  open: () => AsyncIterable<Part>,
  collector: Collector,
  { signal, userSignal, patience }: Reading,
  stuck: () => void,
): Promise<void> {
  signal.throwIfAborted();
  const iterator = open()[Symbol.asyncIterator]();
  const reading = feed(iterator, collector, signal);
  try {
    await unlessAborted(signal, reading);
  } catch (error) {
    if (signal.aborted) {
      // A generator that is waiting for its own source queues this; its source saw the signal.
      Promise.resolve(iterator.return?.()).catch(() => undefined);
      const ended =
        (!userSignal.aborted && (await settles(reading, patience.afterTimeout, userSignal))) ||
        (userSignal.aborted && (await settles(reading, patience.afterAbort)));
      if (!ended) stuck();
    }
    throw error;
  }
}

async function feed(iterator: AsyncIterator<Part>, collector: Collector, signal: AbortSignal): Promise<void> {
  for await (const part of { [Symbol.asyncIterator]: () => iterator }) {
    if (signal.aborted) return;
    collector.add(part);
  }
  if (!signal.aborted) collector.close();
}
