/**
 * The bill of a user's own module, held against what its engine counted: no counter falls, nothing that was computed is
 * missing and nothing stands there that was not.
 */
import type { Counters, Meter } from './call.ts';
import { TtcError } from './error.ts';

/** Counted by whoever plays the call, from what arrived. */
const counters = ['completion_tokens', 'active_ms', 'call_cpu_ms'];

/** A call's meter for a module, and what it did wrong. A module may catch what is thrown: the fault stays. */
export interface GuardedMeter extends Meter {
  readonly fault: TtcError | undefined;
}

export interface ModuleBill {
  /** The meter that a module is given for one call. */
  guard(meter: Meter): GuardedMeter;
  /** The meter that an engine charges in place of the module's own; one and the same for each of those. */
  tee(meter: Meter, isOther?: boolean): Meter;
  /** What is wrong with the bills of all calls so far, which must have ended; counting begins anew. */
  settle(): TtcError | undefined;
}

export function createModuleBill(who: string): ModuleBill {
  const billed = new Map<string, number>();
  /** By the module's engine, and by those that it opened besides. */
  const own = new Map<string, number>();
  const others = new Map<string, number>();
  const tees = new WeakMap<Meter, Meter>();
  /** An engine is charging: what arrives at the guard now is not the module's word. */
  let charging = false;

  function charge(work: () => void): void {
    charging = true;
    try {
      work();
    } finally {
      charging = false;
    }
  }

  function guard(meter: Meter): GuardedMeter {
    let fault: TtcError | undefined;
    const refuse = (what: string): never => {
      const error = new TtcError('E_POLICY', `${who}: ${what}`, {
        help: 'work is counted by the engine or the client; a module adds its own counters, and never a negative amount',
      });
      fault ??= error;
      throw error;
    };
    const check = (counter: string, amount: number) => {
      if (charging) return;
      if (!(amount >= 0 && Number.isFinite(amount)))
        refuse(`it charges ${amount} to ${counter}: no counter ever falls`);
      if (counters.includes(counter)) refuse(`it charges ${counter}, which is counted from what arrives`);
    };
    return {
      get fault() {
        return fault;
      },
      add(counter, amount) {
        check(counter, amount);
        billed.set(counter, (billed.get(counter) ?? 0) + amount);
        meter.add(counter, amount);
      },
      peak(counter, value) {
        check(counter, value);
        meter.peak(counter, value);
      },
      tally(counter, bucket, amount = 1) {
        check(counter, amount);
        meter.tally(counter, bucket, amount);
      },
      call: (record) => meter.call(record),
    };
  }

  function tee(meter: Meter, isOther = false): Meter {
    const known = tees.get(meter);
    if (known) return known;
    const seen = isOther ? others : own;
    const made: Meter = {
      add(counter, amount) {
        seen.set(counter, (seen.get(counter) ?? 0) + amount);
        charge(() => meter.add(counter, amount));
      },
      peak: (counter, value) => charge(() => meter.peak(counter, value)),
      tally: (counter, bucket, amount) => charge(() => meter.tally(counter, bucket, amount)),
      call: (record) => meter.call(record),
    };
    tees.set(meter, made);
    return made;
  }

  function settle(): TtcError | undefined {
    const fault = faultOf(who, { billed, own, others });
    for (const amounts of [billed, own, others]) amounts.clear();
    return fault;
  }

  return { guard, tee, settle };
}

type Amounts = ReadonlyMap<keyof Counters['sums'], number>;

function faultOf(who: string, { billed, own, others }: Record<'billed' | 'own' | 'others', Amounts>) {
  for (const [counter, counted] of own) {
    const stands = billed.get(counter) ?? 0;
    const most = counted + (others.get(counter) ?? 0);
    // Sums of milliseconds in another order differ in their last digits.
    const slack = 1e-6 * Math.max(1, most);
    if (stands >= counted - slack && stands <= most + slack) continue;
    return new TtcError('E_POLICY', `${who}: the engine counted ${counted} ${counter}, the bill has ${stands}`, {
      help: "open sequences with the caller's context, so that the engine charges what it computes",
    });
  }
  return undefined;
}
