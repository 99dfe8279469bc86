/**
 * The bill of a user's own module, held against what its engine counted: no counter falls, nothing that was computed is
 * missing and nothing stands there that was not. What a prompt has of tokens is counted here, whatever the module says.
 */
import type { Meter } from './call.ts';
import { TtcError } from './error.ts';

/** Counted by whoever plays the call, from what arrived. */
const fromArrivals = ['completion_tokens', 'active_ms', 'call_cpu_ms', 'outside_ms', 'claimed_prompt_tokens'];

/** Charged by an engine and by nobody else. */
const ofEngines = [
  ...['passes', 'rows', 'prefill_rows', 'layer_rows', 'layer_work', 'kv_layer_rows', 'head_rows', 'candidate_logits'],
  ...['kv_steps', 'kv_bytes_sum', 'kv_bytes_peak', 'kv_opened_bytes_peak', 'pass_rows', 'pass_sequences'],
  ...['engine_ms', 'cpu_ms', 'graph_ms', 'graph_cpu_ms'],
];

/** A call's meter for a module, and what it did wrong. A module may catch what is thrown: the fault stays. */
export interface GuardedMeter extends Meter {
  readonly fault: TtcError | undefined;
  /**
   * The call is over.
   * @param counted tokens of its prompt by the engine's template and tokenizer; undefined where they are not known
   */
  close(counted: number | undefined): void;
}

export interface ModuleBill {
  /** The meter that a module is given for one call. */
  guard(meter: Meter): GuardedMeter;
  /** The meter that an engine charges in place of the module's own; one and the same for each of those. */
  tee(meter: Meter, isOther?: boolean): Meter;
  /** What is wrong with the bills of all calls so far, which must have ended; counting begins anew. */
  settle(): TtcError | undefined;
}

/** Counter, or tally and bucket, → amount. Names of largest values end in `_peak`. */
type Amounts = Map<string, number>;

const isPeak = (counter: string) => counter.endsWith('_peak');
const bucketOf = (counter: string, bucket: number) => `${counter} of ${bucket}`;
const counterOf = (name: string) => name.split(' ', 1)[0] as string;

function note(amounts: Amounts, name: string, amount: number): void {
  const before = amounts.get(name) ?? 0;
  amounts.set(name, isPeak(name) ? Math.max(before, amount) : before + amount);
}

export function createModuleBill(who: string): ModuleBill {
  const billed: Amounts = new Map();
  /** By the module's engine, and by those that it opened besides. */
  const own: Amounts = new Map();
  const others: Amounts = new Map();
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
    let claimed = 0;
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
      if (fromArrivals.includes(counter)) refuse(`it charges ${counter}, which is counted from what arrives`);
    };
    return {
      get fault() {
        return fault;
      },
      close(counted) {
        if (counted !== undefined) meter.add('prompt_tokens', counted);
        if (counted !== undefined && claimed > 0 && claimed !== counted) meter.add('claimed_prompt_tokens', claimed);
      },
      add(counter, amount) {
        check(counter, amount);
        if (counter === 'prompt_tokens') {
          claimed += amount;
          return;
        }
        note(billed, counter, amount);
        if (isPeak(counter)) meter.peak(counter, amount);
        else meter.add(counter, amount);
      },
      peak(counter, value) {
        check(counter, value);
        note(billed, counter, value);
        meter.peak(counter, value);
      },
      tally(counter, bucket, amount = 1) {
        check(counter, amount);
        note(billed, bucketOf(counter, bucket), amount);
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
        note(seen, counter, amount);
        charge(() => meter.add(counter, amount));
      },
      peak(counter, value) {
        note(seen, counter, value);
        charge(() => meter.peak(counter, value));
      },
      tally(counter, bucket, amount = 1) {
        note(seen, bucketOf(counter, bucket), amount);
        charge(() => meter.tally(counter, bucket, amount));
      },
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

function faultOf(who: string, { billed, own, others }: Record<'billed' | 'own' | 'others', Amounts>) {
  const made = [...billed.keys()].filter((name) => ofEngines.includes(counterOf(name)));
  for (const name of new Set([...own.keys(), ...made])) {
    const counted = own.get(name) ?? 0;
    const stands = billed.get(name) ?? 0;
    const besides = others.get(name) ?? 0;
    const most = isPeak(name) ? Math.max(counted, besides) : counted + besides;
    // Sums of milliseconds in another order differ in their last digits.
    const slack = 1e-6 * Math.max(1, most);
    if (stands >= counted - slack && stands <= most + slack) continue;
    return new TtcError('E_POLICY', `${who}: the engine counted ${counted} ${name}, the bill has ${stands}`, {
      help: "open sequences with the caller's context, so that the engine charges what it computes",
    });
  }
  return undefined;
}
