/**
 * Continuous batching as an engine: the passes of all admitted calls run as one ragged pass, whatever loop asks for
 * them (iteration-level scheduling, Yu et al. 2022, Orca).
 */
import { type Context, type Engine, elapsed, type Meter, now, type Sequence, TtcError } from '../core/index.ts';
import { type AdmissionRule, createAdmission, type Ticket } from './admission.ts';
import { createPassMerger } from './pass-merger.ts';

export interface BatchOptions {
  /** Calls that run at a time. */
  slots: number;
  /** Most KV slots, prompt and answer, of the calls that run together; a call that wants more runs alone. */
  maxTokens: number;
  /** Who is admitted next. */
  rule: AdmissionRule;
  /** False: no call is admitted until the whole batch ended. @default true */
  repack?: boolean;
  /** Told of every sequence that was closed after use, not aborted: slots asked for, slots filled. */
  onClosed?(asked: number, filled: number, meter: Meter): void;
}

export const batchCounters = {
  queue_ms: 'time from the call’s arrival to its admission into the batch',
  shared_passes: 'passes that ran with rows of other calls',
  repacks: 'calls that joined a batch that was already running',
  overtaken: 'later arrivals that were admitted before the call',
  no_room:
    'calls that found a free slot and one running call, but too few KV slots for both; by the slots that the two would have filled',
};

/** One call: what shares a meter. Its sequences open with its admission, so waiting calls hold no memory. */
interface Batched {
  readonly ticket: Ticket;
  /** Until admission. */
  waiting: Promise<void> | undefined;
  stopWaiting(): void;
  readonly signal: AbortSignal;
  readonly meter: Meter;
  sequences: number;
}

/**
 * An engine that runs the calls of `engine` in a batch. A call joins the queue when it opens its first sequence, waits
 * for admission in its first pass and leaves with its last sequence; all its sequences must have one meter of their own.
 * Where rows have the bits they have alone (the engine checks it), every call gets the tokens it would get alone.
 */
export function batched(engine: Engine, options: BatchOptions): Engine {
  const admission = createAdmission({ repack: true, ...options });
  const merger = createPassMerger(engine, { patience: options.slots });
  const calls = new Map<Meter, Batched>();
  const opened = new WeakMap<Sequence, { call: Batched; native(): Sequence }>();

  function join(tokens: number, { signal, meter }: Context): Batched {
    const arrived = now();
    let admit: () => void = () => undefined;
    const waiting = new Promise<void>((resolve) => {
      admit = resolve;
    });
    const stopWaiting = () => {
      call.waiting = undefined;
      meter.add('queue_ms', elapsed(arrived, now()));
    };
    const ticket = admission.join(
      tokens,
      ({ joined, overtaken }) => {
        stopWaiting();
        if (joined) meter.add('repacks', 1);
        if (overtaken > 0) meter.add('overtaken', overtaken);
        admit();
      },
      (wanted) => meter.tally('no_room', wanted),
    );
    const call: Batched = { ticket, waiting, stopWaiting, signal, meter, sequences: 0 };
    return call;
  }

  function leave(call: Batched): void {
    call.sequences--;
    if (call.sequences > 0) return;
    if (call.waiting) call.stopWaiting();
    admission.leave(call.ticket);
    calls.delete(call.meter);
  }

  function open(capacity: number, context: Context): Sequence {
    let call = calls.get(context.meter);
    if (call) call.ticket.tokens += capacity;
    else call = join(capacity, context);
    calls.set(context.meter, call);
    call.sequences++;
    const owner = call;
    const { sequence, native } = openLater(engine, capacity, context, (filled) => {
      owner.ticket.tokens -= capacity;
      if (filled > 0 && !context.signal.aborted) options.onClosed?.(capacity, filled, context.meter);
      leave(owner);
    });
    opened.set(sequence, { call, native });
    return sequence;
  }

  function find(sequence: Sequence) {
    const found = opened.get(sequence);
    if (found) return found;
    throw new TtcError('E_ARGUMENT', 'forward: the sequence is not open in this engine');
  }

  const { prefix } = engine;
  return {
    model: engine.model,
    passPrices: engine.passPrices,
    tokenizer: engine.tokenizer,
    chunk: engine.chunk,
    ...(engine.filling && { filling: engine.filling }),
    ...(prefix && {
      prefix: {
        async fill(sequence, ids) {
          const { call, native } = find(sequence);
          // A call that waits for its place has no memory yet.
          if (call.waiting) await untilAborted(call.waiting, call.signal);
          return prefix.fill(native(), ids);
        },
        keep: (sequence, ids) => prefix.keep(find(sequence).native(), ids),
      },
    }),
    open,
    async forward(passes, read) {
      const members = passes.map(({ sequence }) => find(sequence));
      const [first] = members;
      if (!first) return engine.forward(passes, read);
      for (const { call } of members) if (call.waiting) await untilAborted(call.waiting, call.signal);
      const { call } = first;
      const native = passes.map((pass, at) => ({ ...pass, sequence: (members[at] as typeof first).native() }));
      const caller = {
        number: call.ticket.number,
        signal: call.signal,
        onShared: () => call.meter.add('shared_passes', 1),
        onWaited: (milliseconds: number) => call.meter.add('forward_ms', milliseconds),
      };
      return merger.run(caller, native, read);
    },
  };
}

/** A sequence whose memory is taken when its first pass runs. */
function openLater(engine: Engine, capacity: number, context: Context, onClose: (filled: number) => void) {
  let inner: Sequence | undefined;
  let closed = false;
  const sequence: Sequence = {
    capacity,
    length: (layer) => inner?.length(layer) ?? 0,
    truncate: (length, layers) => native().truncate(length, layers),
    keep: (layer, slots) => native().keep(layer, slots),
    bytesHeld: () => inner?.bytesHeld() ?? 0,
    keyNorms: (layer, from) => native().keyNorms(layer, from),
    [Symbol.dispose]() {
      if (closed) return;
      closed = true;
      const filled = inner?.length() ?? 0;
      inner?.[Symbol.dispose]();
      onClose(filled);
    },
  };
  function native(): Sequence {
    if (closed) throw new TtcError('E_ARGUMENT', 'the sequence was already disposed');
    inner ??= engine.open(capacity, context);
    return inner;
  }
  return { sequence, native };
}

/** @throws E_ABORTED at the abort */
async function untilAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  let abort: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(new TtcError('E_ABORTED', 'the call was aborted'));
  });
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
