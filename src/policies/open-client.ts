/**
 * Opens a client realisation, counts what it pays twice, and checks two promises of it. Every call that it makes is charged to the meter of its caller.
 * And its calls differ from the caller's call in the fields of `alters` only. Both are checked when the record of an inner
 * call arrives. It is handed to the meter that the policy gave to that call; if that leads to the caller's meter, `above`
 * has noted the record by the time that `below` looks.
 */
import {
  type AnyPolicy,
  type Call,
  type CallRecord,
  type ClientKit,
  type Generate,
  hash,
  type Meter,
  type Opened,
  TtcError,
} from '../core/index.ts';

/**
 * @param generate the backend's, with its limits and retries
 * @throws E_NO_REALISATION where the policy has none; a call of the opened one throws E_POLICY where it breaks its word
 */
export async function openClient(
  policy: AnyPolicy,
  generate: Generate,
  params: unknown,
  kit: ClientKit,
): Promise<Opened> {
  const { client, name } = policy;
  if (!client) {
    throw new TtcError('E_NO_REALISATION', `${name} has no client realisation`, { help: 'use --backend ggml' });
  }
  const guard = createGuard(name, client.alters);
  const { fast, another } = kit;
  const below = guard.below(generate, '');
  const opened = await client.open(below, params, {
    ...kit,
    ...(fast && { fast: guard.below(fast, 'fast') }),
    ...(another && { another: (model: string) => guard.below(another(model), `model ${model}`) }),
  });
  // What hands calls on as they are needs no guard, and costs nothing: the baseline.
  if (opened === below) return generate;
  const dispose = opened[Symbol.asyncDispose]?.bind(opened);
  return Object.assign(guard.above(opened), dispose && { [Symbol.asyncDispose]: dispose });
}

function createGuard(policy: string, alters: readonly (keyof Call)[]) {
  /** Records that reached a caller's bill, each with the caller's call. */
  const billed = new WeakMap<CallRecord, Call>();
  /** Records of calls that were made, each with the model that was asked. */
  const made = new WeakMap<CallRecord, string>();

  function faultOf(record: CallRecord, inner: Call): TtcError | undefined {
    const outer = billed.get(record);
    if (!outer) {
      return new TtcError('E_POLICY', `${policy} made a call that is not on the bill`, {
        help: "call generate with the caller's context, or with a fork of it",
      });
    }
    const changed = changedFields(outer, inner).filter((field) => !alters.includes(field));
    if (changed.length === 0) return undefined;
    return new TtcError('E_POLICY', `${policy} changed ${changed.join(', ')} of a call without declaring it`, {
      help: 'list every field that calls may differ in under alters',
    });
  }

  function bill(record: CallRecord, call: Call): void {
    if (!made.has(record)) {
      throw new TtcError('E_POLICY', `${policy} put a record on the bill that no call gave`, {
        help: 'records of calls come from generate and the kit, and stay as they are',
      });
    }
    billed.set(record, call);
  }

  async function* checked(generate: Generate, model: string, ...[call, context]: Parameters<Generate>) {
    let fault: TtcError | undefined;
    const noted = hearing(context.meter, (record) => {
      fault ??= faultOf(record, call);
    });
    const meter = hearing(noted, (record) => made.set(record, model), 'first');
    try {
      yield* generate(call, { ...context, meter });
    } finally {
      // Here, because a branch that is left early gets its record only now.
      raise(fault);
    }
  }

  return {
    below: (generate: Generate, model: string): Generate => {
      return (call, context) => checked(generate, model, call, context);
    },
    above: (opened: Generate): Generate => {
      return (call, context) => {
        const repeated = countRepeated(context.meter);
        const meter = hearing(
          context.meter,
          (record) => {
            bill(record, call);
            repeated(made.get(record) as string, record);
          },
          'first',
        );
        return opened(call, { ...context, meter });
      };
    },
  };
}

/** All prompt tokens of a turn's calls but those of the longest prompt of each model: a black box reads its start again. */
function countRepeated(meter: Meter): (model: string, record: CallRecord) => void {
  const longest = new Map<string, number>();
  return (model, { usage }) => {
    if (!usage) return;
    const known = longest.get(model);
    longest.set(model, Math.max(known ?? 0, usage.prompt));
    const again = Math.min(known ?? 0, usage.prompt);
    if (again > 0) meter.add('repeated_prompt_tokens', again);
  };
}

/** The same meter; `hear` gets every record before the meter does, or after it. */
function hearing(meter: Meter, hear: (record: CallRecord) => void, when: 'first' | 'last' = 'last'): Meter {
  return {
    add: (counter, amount) => meter.add(counter, amount),
    peak: (counter, value) => meter.peak(counter, value),
    tally: (counter, bucket, amount) => meter.tally(counter, bucket, amount),
    call(record) {
      if (when === 'first') hear(record);
      meter.call(record);
      if (when === 'last') hear(record);
    },
  };
}

/** Fields in which two calls differ; one that is absent equals one that is undefined. */
function changedFields(outer: Call, inner: Call): (keyof Call)[] {
  const fields = Object.keys({ ...outer, ...inner }) as (keyof Call)[];
  return fields.filter((field) => {
    const [before, now] = [outer[field], inner[field]];
    return before !== now && (before === undefined || now === undefined || hash(before) !== hash(now));
  });
}

function raise(fault: TtcError | undefined): void {
  if (fault) throw fault;
}
