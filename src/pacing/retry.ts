/** Tries a call again where that can help. Times stay those after the intended send, so a retry flatters no latency. */
import { type Call, type Context, type Generate, now, type Part, TtcError } from '../core/index.ts';
import { pause } from './pause.ts';
import { tapMeter } from './tap-meter.ts';

export interface RetryOptions {
  /** Attempts per call, the first included. @default 5 */
  attempts?: number;
  /** Milliseconds of the first back-off; doubles with every attempt. @default 500 */
  base?: number;
  /** Longest back-off in milliseconds. @default 30000 */
  cap?: number;
  /** A server that wants a longer wait than this gets none: the call fails and the run goes on. @default 60000 */
  maxRetryAfter?: number;
  /** Uniform in [0, 1). @default Math.random */
  random?: () => number;
}

/** Milliseconds to wait after a failure; undefined where trying again cannot help. */
export function waitAfter(error: unknown, attempt: number, options: RetryOptions = {}): number | undefined {
  const { attempts = 5, base = 500, cap = 30_000, maxRetryAfter = 60_000, random = Math.random } = options;
  if (!(error instanceof TtcError) || !error.retry || attempt >= attempts) return undefined;
  const { after } = error.retry;
  if (after !== undefined) return after > maxRetryAfter ? undefined : after + random() * base;
  // Full jitter: a crowd that failed together must not come back together.
  return random() * Math.min(cap, base * 2 ** (attempt - 1));
}

/** A call is sent again only while none of its parts was handed on: text that the reader has cannot be taken back. */
export function retry(generate: Generate, options: RetryOptions = {}): Generate {
  return (call, context) => ({ [Symbol.asyncIterator]: () => attempts(generate, call, context, options) });
}

/** By hand, as `relay` is. One `next` at a time: a second one would not wait for the pause before an attempt. */
function attempts(
  generate: Generate,
  call: Call,
  context: Context,
  options: RetryOptions,
): AsyncIterator<Part, undefined> {
  const intended = context.intended ?? now();
  let attempt = 0;
  let heard = false;
  let over = false;
  let source: AsyncIterator<Part> | undefined;

  function send(): AsyncIterator<Part> {
    const number = ++attempt;
    const meter = number === 1 ? context.meter : tapMeter(context.meter, (record) => ({ ...record, attempt: number }));
    return generate(call, { ...context, intended, meter })[Symbol.asyncIterator]();
  }

  function seen(result: IteratorResult<Part>): IteratorResult<Part, undefined> {
    if (result.done) over = true;
    else heard = true;
    return result;
  }

  async function again(error: unknown): Promise<IteratorResult<Part, undefined>> {
    const wait = heard || over || context.signal.aborted ? undefined : waitAfter(error, attempt, options);
    if (wait === undefined) {
      over = true;
      throw error;
    }
    source = undefined;
    context.meter.add('retries', 1);
    context.meter.add('retry_wait_ms', wait);
    try {
      await pause(wait, context.signal);
    } catch (aborted) {
      over = true;
      throw aborted;
    }
    return next();
  }

  function next(): Promise<IteratorResult<Part, undefined>> {
    if (over) return Promise.resolve({ value: undefined, done: true });
    source ??= send();
    return source.next().then(seen, again);
  }

  return {
    next,
    async return() {
      over = true;
      await source?.return?.();
      return { value: undefined, done: true };
    },
  };
}
