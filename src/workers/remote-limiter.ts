/** A limiter that asks the run's own: all client processes share one rate and one budget of tokens. */
import { type Lease, type Limiter, leaseUnlessAborted } from '../pacing/limiter.ts';
import { type FromWorker, fromWire, type WireError } from './protocol.ts';

export interface RemoteLimiter extends Limiter {
  granted(id: number, error: WireError | undefined): void;
  /** A limit became known: from now on calls ask. */
  limited(): void;
}

/** @param isFree no limit is known: a call asks nobody until one is */
export function createRemoteLimiter(send: (message: FromWorker) => void, isFree: boolean): RemoteLimiter {
  const waiting = new Map<number, { resolve(lease: Lease): void; reject(error: unknown): void }>();
  let free = isFree;
  let next = 0;
  const leaseOf = (id: number): Lease => ({ settle: (used) => send({ type: 'settle', id, used }) });

  return {
    take(tokens, signal) {
      signal.throwIfAborted();
      if (free) return { settle() {} };
      const id = next++;
      const turn = new Promise<Lease>((resolve, reject) => waiting.set(id, { resolve, reject }));
      send({ type: 'take', id, tokens });
      return leaseUnlessAborted(signal, turn);
    },
    // The run itself waits for room before it gives a trial.
    room: () => undefined,
    hold(milliseconds) {
      free = false;
      send({ type: 'hold', milliseconds });
    },
    observe(limits) {
      if (!limits.tokens && !limits.requests) return;
      free = false;
      send({ type: 'observe', limits });
    },
    enough: () => undefined,
    granted(id, error) {
      const asked = waiting.get(id);
      waiting.delete(id);
      if (error) asked?.reject(fromWire(error));
      else asked?.resolve(leaseOf(id));
    },
    limited() {
      free = false;
    },
  };
}
