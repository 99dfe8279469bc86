/**
 * A policy of your own: after each token it drafts the one token that followed it last time, and verifies it.
 *
 *   npx ttcbench run --policy ./examples/last-bigram.mjs --benchmark extract
 *
 * It is exact: a draft is kept only where the model picks the same token.
 */
import { start } from 'ttcbench/decode';

async function* generate(engine, call, context) {
  const begun = await start(engine, call, context);
  try {
    yield* decode(engine, call, context, begun);
  } finally {
    begun[Symbol.dispose]();
  }
}

async function* decode(engine, call, context, begun) {
  const { sequence, history } = begun;
  let picked = [begun.first];
  for (;;) {
    const part = begun.emit(picked);
    if (part) yield part;
    const end = begun.ended();
    if (end) return yield end;
    const room = call.maxTokens - (history.length - begun.promptLength) > 1;
    const draft = room ? followerOf(history) : undefined;
    const tokens = draft === undefined ? [history.at(-1)] : [history.at(-1), draft];
    const positions = tokens.map((_, row) => history.length - 1 + row);
    picked = await engine.forward([{ sequence, tokens, positions, logits: tokens.length }], ([output]) => {
      const rows = output.logits.length / tokens.length;
      const first = begun.pick(output.logits.subarray(0, rows));
      return first === draft ? [first, begun.pick(output.logits.subarray(rows))] : [first];
    });
    if (draft === undefined) continue;
    context.meter.add('drafted', 1);
    context.meter.add('accepted', picked.length - 1);
    if (picked.length === 1) for (let layer = 0; layer < engine.model.layers; layer++) dropLast(sequence, layer);
  }
}

const dropLast = (sequence, layer) => sequence.truncate(sequence.length(layer) - 1, [layer, layer + 1]);

function followerOf(history) {
  const before = history.lastIndexOf(history.at(-1), history.length - 2);
  return before < 0 ? undefined : history[before + 1];
}

/** No parameters: any Standard Schema will do, zod's for example. */
const params = { '~standard': { version: 1, vendor: 'example', validate: (value) => ({ value }) } };

export default {
  name: 'last_bigram',
  version: 1,
  about: 'Drafts the token that followed the last one before.',
  params,
  variants: { last_bigram: {} },
  neutral: {},
  counters: { drafted: 'tokens drafted', accepted: 'drafts that were right' },
  acts: 'drafted',
  engine: {
    fidelity: () => 'exact',
    standsFor: 'one-token speculation from bigrams',
    open: (engine) => (call, context) => generate(engine, call, context),
  },
};
