import { setMaxListeners } from 'node:events';
import type { Context } from './call.ts';
import { TtcError } from './error.ts';

/** One for all: an abort without a reason makes a DOMException with a stack, 8 µs each time. */
const LEFT = new TtcError('E_ABORTED', 'the branch was left');

/**
 * A child context with its own cancel; the parent's abort reaches it.
 * A linked controller instead of `AbortSignal.any`, which under one long-lived parent on Node 20 grew memory
 * and cost 36 µs a call against 1.2 µs.
 */
export function fork(parent: Context): Context & Disposable & { abort(reason?: unknown): void } {
  const controller = new AbortController();
  // Many concurrent children are the rule here, not a leak.
  setMaxListeners(0, controller.signal);
  const follow = () => controller.abort(parent.signal.reason);
  if (parent.signal.aborted) follow();
  else parent.signal.addEventListener('abort', follow, { once: true });
  return {
    meter: parent.meter,
    intended: parent.intended,
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    [Symbol.dispose]() {
      parent.signal.removeEventListener('abort', follow);
      controller.abort(LEFT);
    },
  };
}
