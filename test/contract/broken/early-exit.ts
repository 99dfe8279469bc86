/** Early exits that are none, or lie about how they are made. */
import type { AnyPolicy, Call, Engine, Generate } from '../../../src/core/index.ts';
import { baseline } from '../../../src/policies/baseline/baseline.ts';
import { earlyExit } from '../../../src/policies/early-exit/early-exit.ts';

type Open = NonNullable<AnyPolicy['engine']>['open'];
const changed = (name: string, open: Open, changes: Partial<AnyPolicy> = {}): AnyPolicy => ({
  ...(earlyExit as AnyPolicy),
  name,
  engine: { ...earlyExit.engine!, open },
  ...changes,
});

/** Says `backfill` and propagates. */
export const claimsBackfill = changed('claims_backfill', (engine, params, kit) =>
  earlyExit.engine!.open(engine, { ...params, kv: 'propagate' }, kit),
);

/** Judges logits as the sampler sees them, sharpened by a low temperature, instead of the model's own. */
export const scoresProcessed = changed('scores_processed', (engine, params, kit) => (call: Call, context) => {
  const sharpened: Engine = {
    model: engine.model,
    tokenizer: engine.tokenizer,
    chunk: engine.chunk,
    open: engine.open,
    forward: (passes, read) =>
      engine.forward(passes, (outputs) =>
        read(
          outputs.map((output) => ({
            ...output,
            logits: output.logits.map((value) => value / (call.temperature || 1)),
          })),
        ),
      ),
  };
  return (earlyExit.engine!.open(sharpened, params, kit) as Generate)(call, context);
});

/** Leaves one layer after the one it was told. */
export const leavesOneLayerLater = changed('leaves_one_layer_later', (engine, params, kit) =>
  earlyExit.engine!.open(engine, { ...params, exit_layer: params.exit_layer + 1 }, kit),
);

/** Lets the unsure leave: the higher the threshold, the more. */
export const turnsItsThreshold = changed('turns_its_threshold', (engine, params, kit) =>
  earlyExit.engine!.open(engine, { ...params, confidence_threshold: 1 - params.confidence_threshold }, kit),
);

/** Counts exits and makes none: every token runs to the last layer. */
export const onlyCounts = changed('only_counts', (engine, _, kit) => (call, context) => {
  context.meter.add('exit_checks', 20);
  context.meter.add('exits', 12);
  return (baseline.engine!.open(engine, {}, kit) as Generate)(call, context);
});

/** Its "never" still checks: the neutral threshold is one that a token can reach. */
export const checksWhenNeutral = changed('checks_when_neutral', earlyExit.engine!.open, {
  neutral: { confidence_threshold: 1 },
});

export const brokenEarlyExits: { policy: AnyPolicy; caughtBy: string[] }[] = [
  { policy: onlyCounts, caughtBy: ['acts on the engine at equal output length'] },
  { policy: checksWhenNeutral, caughtBy: ['neutral parameters equal the baseline bit by bit'] },
];
