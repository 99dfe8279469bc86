/**
 * Holds a policy module of the user's own to what can be seen from outside of it: its stamps against the passes and the
 * arrivals, its bill against the engine's count, its time against the engine's and the CPU's. Policies of ours are held to
 * the same by the contract tests.
 */
import type { Call, Context, Generate, Part } from './call.ts';
import { elapsed, milliseconds, now } from './clock.ts';
import type { Engine, Pass, Sequence } from './engine.ts';
import { createModuleBill, type GuardedMeter } from './module-bill.ts';
import { createOutsideClock } from './outside-clock.ts';
import { checkedParts } from './part-stamps.ts';
import type { ClientKit, EngineKit } from './policy.ts';
import { createPromptCount, type PromptCount } from './prompt-count.ts';

/** What a realisation is opened with, so that its work can be seen. */
export interface ModuleWatch {
  engine(engine: Engine): Engine;
  engineKit(kit: EngineKit): EngineKit;
  /** A backend's stream below the module. */
  source(generate: Generate): Generate;
  clientKit(kit: ClientKit): ClientKit;
  /** The opened realisation, held to its word. */
  realisation(generate: Generate): Generate;
}

interface Running {
  /** When the newest logits of this call came. */
  computed?: bigint;
}

/** Milliseconds that a part may take through a module beyond what it took to reach the module. */
const patience = 100;
/** Milliseconds for which the worst delay below a module excuses that of its own parts: one pause delays both. */
const memory = 10_000;

/** @param who the module, as errors call it */
export function watchModule(who: string): ModuleWatch {
  const bill = createModuleBill(who);
  const bySignal = new WeakMap<AbortSignal, Running>();
  const bySequence = new WeakMap<Sequence, Running>();
  const outside = createOutsideClock();
  let prompts: PromptCount | undefined;
  let running = 0;
  let delay = { worst: 0, since: 0 };

  function engine(inner: Engine, isOther = false): Engine {
    const count = isOther ? undefined : createPromptCount(inner.tokenizer);
    prompts ??= count;
    // A module answers for each token of its prompts: what it did not compute could not be told from what it left out.
    const { prefix: _, ...plain } = inner;
    return {
      ...plain,
      ...(count && { tokenizer: count.tokenizer }),
      open(capacity, context) {
        const sequence = inner.open(capacity, { ...context, meter: bill.tee(context.meter, isOther) });
        const call = isOther ? undefined : bySignal.get(context.signal);
        if (call) bySequence.set(sequence, call);
        return sequence;
      },
      async forward(passes, read) {
        const leave = outside.enter();
        try {
          return await inner.forward(passes, (outputs) => {
            noteComputed(passes);
            return read(outputs);
          });
        } finally {
          leave();
        }
      },
    };
  }

  function noteComputed(passes: readonly Pass[]): void {
    const at = now();
    for (const { sequence } of passes) {
      const call = bySequence.get(sequence);
      if (call) call.computed = at;
    }
  }

  function source(generate: Generate): Generate {
    return async function* (call, context) {
      for await (const part of generate(call, context)) {
        noteDelay(part);
        yield part;
      }
    };
  }

  function noteDelay({ at }: Part): void {
    const moment = milliseconds();
    const late = elapsed(at, now());
    if (late >= delay.worst || moment - delay.since > memory) delay = { worst: late, since: moment };
  }

  async function* held(generate: Generate, call: Call, context: Context, meter: GuardedMeter) {
    const state: Running = {};
    bySignal.set(context.signal, state);
    yield* checkedParts(() => generate(call, { ...context, meter }), who, {
      mostLate: (after) => patience + delay.worst + after / 10,
      earliest: () => state.computed,
    });
  }

  async function* realised(generate: Generate, call: Call, context: Context) {
    const meter = bill.guard(context.meter);
    const spent = prompts && outside.begin();
    running++;
    let isWhole = false;
    try {
      yield* held(generate, call, context, meter);
      isWhole = true;
    } finally {
      running--;
      const idle = spent?.();
      if (idle) context.meter.add('outside_ms', idle);
      meter.close(prompts?.of(call, isWhole));
      // The bills of calls that share passes can be told from each other only when all of them have ended.
      const wrong = running === 0 ? bill.settle() : undefined;
      if (isWhole) raise(meter.fault ?? wrong);
    }
    raise(meter.fault);
  }

  return {
    engine,
    engineKit: ({ engine: open }) => (open ? { engine: async (model) => engine(await open(model), true) } : {}),
    source,
    clientKit: ({ fast, another, ...kit }) => ({
      ...kit,
      ...(fast && { fast: source(fast) }),
      ...(another && { another: (model: string) => source(another(model)) }),
    }),
    realisation: (generate) => (call, context) => realised(generate, call, context),
  };
}

function raise(fault: Error | undefined): void {
  if (fault) throw fault;
}
