/** The engine: one model, its KV caches, and `forward`, the one primitive that everything else is made of. */
import {
  type Context,
  type Counters,
  createMeter,
  type Engine,
  type Meter,
  milliseconds,
  type Output,
  type Pass,
  type Sequence,
  type Tokenizer,
  TtcError,
  weightsOf,
} from '../core/index.ts';
import { checkHeadRows } from './candidates.ts';
import { type Books, chargeHeld, chargeStep, type Held } from './charge.ts';
import { checkPass } from './check-pass.ts';
import type { Compute } from './compute.ts';
import type { Ggml } from './ffi.ts';
import { createKvPool } from './kv-buffer.ts';
import { KvSequence } from './kv-sequence.ts';
import { planSteps, type Step } from './plan.ts';
import { createKeptPrompt } from './prefix-cache.ts';
import type { RowInvariance } from './row-invariance.ts';
import { createRunner } from './runner.ts';
import type { Shape } from './shape.ts';
import { createTurns } from './turns.ts';
import { describeWays } from './way-table.ts';
import type { Weights } from './weights.ts';

export interface LocalEngine extends Engine, AsyncDisposable {
  /** Everything about library and settings that can change a bit of the logits. */
  readonly identity: string;
  /** Facts for run records and diagnosis. */
  facts(): Record<string, unknown>;
  /** What the check at start found; policies that are exact only in bits may ask. */
  rowInvariance: RowInvariance | undefined;
  /** What passes cost when a priced engine was opened: milliseconds by number of rows, of CPU where one thread computes. */
  passPrices: Readonly<Record<number, number>> | undefined;
  /** Most slots of a sequence; no limit but memory unless set. */
  kvSlots: number | undefined;
  readonly openSequences: number;
  /** All work since the engine was opened. */
  readonly totals: Counters;
}

/** What an engine is assembled from; it owns compute and weights and disposes them. */
export interface EngineParts {
  ggml: Ggml;
  compute: Compute;
  shape: Shape;
  weights: Weights;
  tokenizer: Tokenizer;
  prefill: 'flash' | 'exact';
  chunk: number;
  prefixCache: boolean;
}

function describe({ ggml, compute, weights, prefill, chunk }: EngineParts, kvSlots: number | undefined): string {
  const used = Object.entries(weights.layouts).filter(([, matrices]) => matrices > 0);
  const layout = used.map(([name]) => name).join('+');
  const library = `${ggml.variant} ${ggml.version}`;
  const limit = kvSlots === undefined ? '' : ` kv_slots=${kvSlots}`;
  return `${library} weights=${layout} prefill=${prefill} chunk=${chunk} threads=${compute.threads}${limit}`;
}

export function assembleEngine(parts: EngineParts): LocalEngine {
  const { ggml, compute, shape, weights, tokenizer, prefill, chunk } = parts;
  const bufferType = ggml.backend_get_default_buffer_type(compute.backend);
  const runner = createRunner(ggml, shape, weights, compute.backend, bufferType);
  const pool = createKvPool(ggml, shape, bufferType, ({ id }) => runner.graphs.dropBuffer(id));
  const keptPrompt = parts.prefixCache ? createKeptPrompt(pool, chunk) : undefined;
  const openSequences = new Set<KvSequence>();
  const turn = createTurns();
  const totals = createMeter();
  const { queryKeyValue, layer } = weightsOf(shape);
  const books: Books = { totals, heldBy, kvShare: queryKeyValue / layer };
  let disposed = false;

  function refuseDisposed(): void {
    if (disposed) throw new TtcError('E_ARGUMENT', 'the engine was already disposed');
  }

  function heldBy(meter?: Meter): Held {
    const held = { filled: 0, opened: 0 };
    for (const sequence of openSequences) {
      if (meter && sequence.context.meter !== meter) continue;
      held.filled += sequence.bytesHeld();
      held.opened += sequence.bytesOpened();
    }
    return held;
  }

  function open(capacity: number, context: Context): Sequence {
    refuseDisposed();
    if (!Number.isInteger(capacity) || capacity < 1 || capacity > 2 ** 24) {
      throw new TtcError('E_CONTEXT', `a sequence of ${capacity} slots`);
    }
    const { kvSlots = capacity } = engine;
    if (capacity > kvSlots) {
      throw new TtcError('E_CONTEXT', `the call needs ${capacity} KV slots, a sequence may hold ${kvSlots}`, {
        help: 'lower --max-tokens, raise kv_slots, or give the cache a budget',
      });
    }
    const sequence = new KvSequence(pool.take(capacity), capacity, context, shape, (closed, buffer, used) => {
      openSequences.delete(closed);
      pool.giveBack(buffer, used);
    });
    openSequences.add(sequence);
    return sequence;
  }

  function runAll(steps: readonly Step[]): Output[] {
    const outputs: Output[] = [];
    steps.forEach((step, at) => {
      const done = runner.run(step, at < steps.length - 1);
      step.segments.forEach(({ index }, segment) => {
        outputs[index] = done.outputs[segment] as Output;
      });
      chargeStep(step, done.spent, books);
    });
    return outputs;
  }

  /** @throws E_ARGUMENT for a sequence of another engine, or one that was disposed */
  function own(sequence: Sequence): KvSequence {
    if (openSequences.has(sequence as KvSequence)) return sequence as KvSequence;
    throw new TtcError('E_ARGUMENT', 'the sequence is not open in this engine');
  }

  async function forward<T>(passes: readonly Pass[], read: (outputs: readonly Output[]) => T): Promise<T> {
    const arrived = milliseconds();
    const end = await turn();
    try {
      refuseDisposed();
      const sequences = passes.map((pass) => checkPass(pass, shape, (sequence) => openSequences.has(sequence)));
      if (passes.some(({ candidates }) => candidates)) checkHeadRows(weights);
      const steps = planSteps(passes, sequences, shape, prefill);
      const outputs = runAll(steps);
      const waited = milliseconds() - arrived;
      for (const meter of new Set(sequences.map(({ context }) => context.meter))) meter.add('forward_ms', waited);
      try {
        return read(outputs);
      } finally {
        chargeHeld(steps, books);
      }
    } finally {
      end();
    }
  }

  const engine: LocalEngine = {
    model: shape,
    tokenizer,
    chunk,
    totals: totals.counters,
    rowInvariance: undefined,
    passPrices: undefined,
    kvSlots: undefined,
    ...(keptPrompt && {
      prefix: {
        fill: async (sequence, ids) => keptPrompt.fill(own(sequence), ids),
        keep: (sequence, ids) => keptPrompt.keep(own(sequence), ids),
      },
    }),
    get identity() {
      return describe(parts, engine.kvSlots);
    },
    get openSequences() {
      return openSequences.size;
    },
    facts: () => ({
      library: ggml.variant,
      libraryVersion: ggml.version,
      threads: compute.threads,
      prefill,
      chunk,
      prefixCache: keptPrompt !== undefined,
      weights: weights.layouts,
      layouts: weights.offered,
      rowWays: Object.fromEntries([...weights.ways.kinds].map(([kind, ways]) => [kind, describeWays(ways)])),
      graphs: { cached: runner.graphs.size, built: runner.graphs.built },
      kvBuffers: pool.count(),
      workingBytes: runner.arena.bytes,
      rowInvariance: engine.rowInvariance,
      passMs: engine.passPrices,
    }),
    open,
    forward,
    async [Symbol.asyncDispose]() {
      if (disposed) return;
      disposed = true;
      // Graphs refer to caches, caches and graphs to the backend.
      for (const sequence of openSequences) sequence[Symbol.dispose]();
      runner[Symbol.dispose]();
      keptPrompt?.[Symbol.dispose]();
      pool[Symbol.dispose]();
      weights[Symbol.dispose]();
      compute[Symbol.dispose]();
    },
  };
  return engine;
}
