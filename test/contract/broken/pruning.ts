/** Prunings that are none, or not the one that was asked for. */
import type { AnyPolicy, Engine, Prefill } from '../../../src/core/index.ts';
import { prefill } from '../../../src/decode/index.ts';
import { decode } from '../../../src/policies/baseline/baseline.ts';
import { pruningTopP } from '../../../src/policies/pruning/pruning.ts';

type Open = NonNullable<AnyPolicy['engine']>['open'];
const changed = (name: string, open: Open): AnyPolicy => ({
  ...(pruningTopP as AnyPolicy),
  name,
  engine: { ...pruningTopP.engine!, open },
});

/** Counts a pruning and runs the baseline. */
export const onlyCountsPruning = changed('only_counts_pruning', (engine) => (call, context) => {
  context.meter.add('offered_rows', 400);
  context.meter.add('kept_rows', 200);
  context.meter.add('pruned_rows', 200);
  return decode(engine, call, context);
});

/** Sets half the rows to zero in the middle of the model and goes on with all of them: nothing is saved. */
export const onlyZeroes = changed('only_zeroes', (engine) => (call, context) => {
  const fill: Prefill = async (engine, sequence, ids, read, { meter }) => {
    const { layers, width } = engine.model;
    const middle = Math.floor(layers / 2);
    const hidden = new Float32Array(ids.length * width);
    const each = ({ states }: { states: Float32Array }, { start }: { start: number }) =>
      void hidden.set(states, start * width);
    await prefill(engine, sequence, ids, { layers: [0, middle], states: true, logits: 0, each }, () => undefined);
    const gone = ids.map((_, row) => row).filter((row) => row > 3 && row < ids.length - 16 && row % 2 === 0);
    for (const row of gone) hidden.fill(0, row * width, (row + 1) * width);
    meter.add('offered_rows', ids.length * (layers - middle));
    meter.add('kept_rows', (ids.length - gone.length) * (layers - middle));
    meter.add('pruned_rows', gone.length * (layers - middle));
    const positions = Array.from(ids.keys());
    return prefill(engine, sequence, { hidden, positions }, { layers: [middle, layers] }, read);
  };
  return decode(engine, call, context, fill);
});

/** Closes the ranks: kept rows go on as positions 0, 1, 2 … */
export const renumbers = changed('renumbers', (engine, params, kit) => {
  const closed: Engine = {
    ...engine,
    forward: (passes, read) =>
      engine.forward(
        passes.map((pass) =>
          pass.hidden ? { ...pass, positions: Array.from(pass.positions, (_, row) => row) } : pass,
        ),
        read,
      ),
  };
  return pruningTopP.engine!.open(closed, params, kit);
});

/** Lets sinks go, whatever it is told. */
export const dropsSinks = changed('drops_sinks', (engine, params, kit) =>
  pruningTopP.engine!.open(engine, { ...params, sinks: 0 }, kit),
);

/** Keeps the tokens that get the least. */
export const keepsTheLeast = changed('keeps_the_least', (engine, params, kit) => {
  const upsideDown: Engine = {
    ...engine,
    forward: (passes, read) =>
      engine.forward(passes, (outputs) =>
        read(
          outputs.map((output) => ({ ...output, attention: output.attention.map((mass) => mass.map((a) => 1 / a)) })),
        ),
      ),
  };
  return pruningTopP.engine!.open(upsideDown, params, kit);
});

/** Keeps the less, the more it is told to keep. */
export const keepsLessForMore = changed('keeps_less_for_more', (engine, params, kit) =>
  pruningTopP.engine!.open(engine, { ...params, top_p: 1 - params.top_p }, kit),
);

/** Those that the contract catches; the others fall to the tests beside the policy. */
export const brokenPruning: { policy: AnyPolicy; caughtBy: string[] }[] = [
  { policy: onlyCountsPruning, caughtBy: ['acts on the engine at equal output length'] },
];
