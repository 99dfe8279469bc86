/** Verifiers that are not exact, each wrong in its own way. */
import type { AnyPolicy, Call, Context, Engine, Part } from '../../../src/core/index.ts';
import { type Started, start } from '../../../src/decode/index.ts';
import { layerDrafts } from '../../../src/policies/speculation/layer-drafts.ts';
import { speculative } from '../../../src/policies/speculation/speculative.ts';

type Verify = (begun: Started, logits: Float32Array, draft: number) => number;

/** One draft per step, the token before the last; `verify` decides on it and adds to the history. */
async function* draftsOne(engine: Engine, call: Call, context: Context, verify: Verify): AsyncGenerator<Part> {
  using begun = await start(engine, call, context);
  const { sequence, history } = begun;
  let picked = [begun.first];
  for (;;) {
    const part = begun.emit(picked);
    if (part) yield part;
    const end = begun.ended();
    if (end) return yield end;
    const draft = history.at(-2) as number;
    const position = history.length - 1;
    const room = call.maxTokens - (history.length - begun.promptLength) > 1;
    const tokens = room ? [history.at(-1) as number, draft] : [history.at(-1) as number];
    const positions = tokens.map((_, row) => position + row);
    picked = await engine.forward([{ sequence, tokens, positions, logits: tokens.length }], ([output]) => {
      const size = output!.logits.length / tokens.length;
      const first = output!.logits.subarray(0, size);
      if (!room) return [begun.pick(first)];
      const id = verify(begun, first, draft);
      return id === draft ? [id, begun.pick(output!.logits.subarray(size))] : [id];
    });
    const rejected = tokens.length - picked.length;
    for (let layer = 0; layer < engine.model.layers; layer++) {
      sequence.truncate(sequence.length(layer) - rejected, [layer, layer + 1]);
    }
    context.meter.add('drafted', tokens.length - 1);
    context.meter.add('accepted', picked.length - 1);
  }
}

const verifying = (name: string, verify: Verify): AnyPolicy => ({
  ...(layerDrafts as AnyPolicy),
  name,
  neutral: {},
  engine: {
    fidelity: () => 'exact',
    standsFor: 'a verifier that is wrong',
    open: (engine) => (call, context) => draftsOne(engine, call, context, verify),
  },
});

/** The same loop with the right rule: what makes the others wrong is their rule alone. */
export const couples = verifying('couples', (begun, logits) => begun.pick(logits));

/** After a rejection it draws again from all of p, so the draft gets a second chance: p + (1 − p) p. */
export const drawsFromAll = verifying('draws_from_all', (begun, logits, draft) => {
  const distribution = begun.sampler.probabilities(logits, begun.history);
  if (begun.sampler.random() < (distribution[draft] as number)) {
    begun.history.push(draft);
    return draft;
  }
  return begun.pick(logits);
});

/** Keeps every draft that the model does not rule out. */
export const keepsThePossible = verifying('keeps_the_possible', (begun, logits, draft) => {
  const distribution = begun.sampler.probabilities(logits, begun.history);
  if ((distribution[draft] as number) === 0) return begun.pick(logits);
  begun.append(draft, logits);
  return draft;
});

/** An engine that leaves what should be forgotten in the last layer. */
export function withoutTruncation(engine: Engine): Engine {
  return {
    ...engine,
    model: engine.model,
    tokenizer: engine.tokenizer,
    open(capacity, context) {
      const sequence = engine.open(capacity + 64, context);
      const truncate = sequence.truncate.bind(sequence);
      sequence.truncate = (length, layers) => {
        if (layers?.[0] !== engine.model.layers - 1) truncate(length, layers);
      };
      return sequence;
    },
  };
}

/** Forgets to take rejected rows out of the last layer. */
export const leavesRejectedRows: AnyPolicy = {
  ...(speculative as AnyPolicy),
  name: 'leaves_rejected_rows',
  engine: {
    ...speculative.engine!,
    open: (engine, params, kit) => speculative.engine!.open(withoutTruncation(engine), params, kit),
  },
};

/**
 * A draft model whose cache is one row behind: after a full acceptance it misses the last draft, and every later row
 * stands one slot too early (the fault of mlx-examples PR 149).
 */
export function oneRowBehind(engine: Engine): Engine {
  return {
    ...engine,
    model: engine.model,
    tokenizer: engine.tokenizer,
    open(capacity, context) {
      const sequence = engine.open(capacity, context);
      const truncate = sequence.truncate.bind(sequence);
      sequence.truncate = (length, layers) => truncate(Math.max(0, length - 1), layers);
      return sequence;
    },
  };
}

/** Lets drafts stand that the model finds merely likely, and calls that exact. */
export const callsLossyExact: AnyPolicy = {
  ...(layerDrafts as AnyPolicy),
  name: 'calls_lossy_exact',
  engine: { ...layerDrafts.engine!, fidelity: () => 'exact' },
};

export const brokenSpeculation: { policy: AnyPolicy; caughtBy: string[]; params?: Record<string, unknown> }[] = [
  { policy: leavesRejectedRows, caughtBy: ['exact means the baseline’s tokens'] },
  {
    policy: callsLossyExact,
    params: { threshold_mode: 'target-prob', acceptance_threshold: 0.01, draft_layers: 1 },
    caughtBy: ['exact means the baseline’s tokens'],
  },
];
