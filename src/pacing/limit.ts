/** Keeps calls within a provider's limits: they wait in line, and what they reserved but did not use goes back. */
import {
  type Call,
  type CallRecord,
  elapsed,
  type Generate,
  now,
  type Part,
  promptCharacters,
  TtcError,
} from '../core/index.ts';
import type { Admission } from './admission.ts';
import type { Lease, Limiter } from './limiter.ts';
import { relay } from './relay.ts';
import { tapMeter } from './tap-meter.ts';

/** Prompt at 4 characters a token plus the whole allowance: providers charge both before the answer exists. */
export const reservation = (call: Call): number =>
  Math.ceil(promptCharacters(call) / 4) + 4 * call.messages.length + call.maxTokens;

const usedBy = (record: CallRecord | undefined, reserved: number): number => {
  // Without usage it was refused, or given up before it was sent.
  if (!record || (record.outcome !== 'ok' && record.usage === undefined)) return 0;
  const { prompt = 0, completion = 0, cached = 0, origin } = record.usage ?? {};
  return origin === 'server' ? prompt - cached + completion : reserved;
};

/** Calls wait for their turn; the time stands in the counter `limit_wait_ms` and in every time after the intended send. */
export function limit(generate: Generate, limiter: Limiter): Generate {
  return (call, context) => {
    const intended = context.intended ?? now();
    const reserved = reservation(call);
    let lease: Lease | undefined;
    let left = false;
    let last: CallRecord | undefined;

    function note(record: CallRecord): CallRecord {
      last = record;
      if (!record.limits) return record;
      limiter.observe(record.limits);
      const { limits: _, ...rest } = record;
      return rest;
    }

    function send(granted: Lease): AsyncIterable<Part> {
      lease = granted;
      return generate(call, { ...context, intended, meter: tapMeter(context.meter, note) });
    }

    async function sendLater(asked: bigint, granted: Promise<Lease>): Promise<AsyncIterable<Part>> {
      lease = await granted;
      if (left) lease.settle(0);
      const waited = elapsed(asked, now());
      if (waited >= 1) context.meter.add('limit_wait_ms', waited);
      return send(lease);
    }

    function open() {
      const asked = now();
      const granted = limiter.take(reserved, context.signal);
      return granted instanceof Promise ? sendLater(asked, granted) : send(granted);
    }

    return relay(open, (error) => {
      if (error instanceof TtcError && error.code === 'E_RATE_LIMIT' && error.retry)
        limiter.hold(error.retry.after ?? 1000);
      left = true;
      lease?.settle(usedBy(last, reserved));
    });
  };
}

/** A trial starts only when a call could go out at once, so that waiting for limits is not taken for latency. */
export function withRoom(admission: Admission, limiter: Limiter): Admission {
  return {
    async admit(job, signal) {
      const place = await admission.admit(job, signal);
      if (place.intended === undefined) await limiter.room(signal)?.catch(() => undefined);
      return place;
    },
  };
}
