/** Batchers that mix calls up, or do not batch. */
import { type AnyPolicy, type Call, createRandom, type Engine, type Generate } from '../../../src/core/index.ts';
import { batched, firstCome, start } from '../../../src/decode/index.ts';
import { baseline } from '../../../src/policies/baseline/baseline.ts';
import { elasticBatchGreedy } from '../../../src/policies/elastic-batch/elastic-batch.ts';

type Open = (engine: Engine) => Generate;
const everything = { slots: 8, maxTokens: 1e6, rule: firstCome };
const plain: Open = (engine) => baseline.engine!.open(engine, {}, {}) as Generate;

const batching = (name: string, open: Open, changes: Partial<AnyPolicy> = {}): AnyPolicy => ({
  ...(elasticBatchGreedy as AnyPolicy),
  name,
  variants: { [name]: {} },
  engine: { ...elasticBatchGreedy.engine!, open },
  ...changes,
});

/** One stream of random numbers for the whole batch. */
const sharesRandom = batching('shares_random', (engine) => {
  const batch = batched(engine, everything);
  const random = createRandom(1);
  return async function* generate(call: Call, context) {
    using begun = await start(batch, call, context);
    for (let next = begun.first; ; ) {
      const part = begun.emit([next]);
      if (part) yield part;
      const end = begun.ended();
      if (end) return yield end;
      const pass = { sequence: begun.sequence, tokens: [next], positions: [begun.history.length - 1], logits: 1 };
      next = await batch.forward([pass], ([output]) => {
        const id = begun.sampler.pick(output!.logits, begun.history, random);
        begun.history.push(id);
        return id;
      });
    }
  };
});

/** Every call of a pass reads the rows of its neighbour. */
const leaksRows = batching('leaks_rows', (engine) => {
  const rotating: Engine = {
    ...engine,
    open: engine.open,
    forward: (passes, read) =>
      engine.forward(passes, ([first, ...others]) => read(first ? [...others, first] : others)),
  };
  return plain(batched(rotating, everything));
});

/** Says that it batches and lets one call run after the other. */
const queuesOnly = batching('queues_only', (engine) => plain(batched(engine, { ...everything, slots: 1 })));

/** Batches also where one slot is asked for, and only one call runs: prompts through the decode path. */
const neutralRunsOtherwise = batching('neutral_runs_otherwise', (engine) => {
  const chunkless: Engine = {
    ...engine,
    open: engine.open,
    forward: (passes, read) =>
      engine.forward(
        passes.map((pass) => ({ ...pass, prefill: false })),
        read,
      ),
  };
  return plain(batched(chunkless, everything));
});

export const brokenBatching: { policy: AnyPolicy; caughtBy: string[] }[] = [
  { policy: sharesRandom, caughtBy: ['concurrent calls answer as alone'] },
  { policy: leaksRows, caughtBy: ['concurrent calls answer as alone'] },
  { policy: queuesOnly, caughtBy: ['acts on the engine at equal output length'] },
  { policy: neutralRunsOtherwise, caughtBy: ['neutral parameters equal the baseline bit by bit'] },
];
