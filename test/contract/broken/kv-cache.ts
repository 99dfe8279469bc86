/** KV budgets that save nothing, or keep the wrong slots. */
import type { AnyPolicy, Engine, Sequence } from '../../../src/core/index.ts';
import { decode } from '../../../src/policies/baseline/baseline.ts';
import { kvStatic } from '../../../src/policies/kv-cache/kv-cache.ts';

type Open = NonNullable<AnyPolicy['engine']>['open'];
const changed = (name: string, open: Open): AnyPolicy => ({
  ...(kvStatic as AnyPolicy),
  name,
  engine: { ...kvStatic.engine!, open },
});

/** The policy on an engine whose sequences behave as `change` says. */
const onSequences = (name: string, change: (sequence: Sequence) => Partial<Sequence>): AnyPolicy =>
  changed(name, (engine, params, kit) => {
    const changedEngine: Engine = {
      ...engine,
      open: (capacity, context) => {
        const sequence = engine.open(capacity, context);
        return Object.assign(sequence, change(sequence));
      },
    };
    return kvStatic.engine!.open(changedEngine, params, kit);
  });

/** Counts evictions and keeps everything. */
export const onlyCountsEviction = changed('only_counts_eviction', (engine) => (call, context) => {
  context.meter.add('offered_rows', 800);
  context.meter.add('kept_rows', 640);
  context.meter.add('evicted_slots', 160);
  return decode(engine, call, context);
});

/** Keeps as many slots as it should, but the first ones: the newest go, whatever the books say. */
export const keepsTheFirst = onSequences('keeps_the_first', (sequence) => {
  const keep = sequence.keep.bind(sequence);
  return { keep: (layer, lists) => keep(layer, [[...(lists[0] as Int32Array).keys()]]) };
});

/** All heads keep what is best for the first one. */
export const oneListForAll = onSequences('one_list_for_all', (sequence) => {
  const keep = sequence.keep.bind(sequence);
  return { keep: (layer, lists) => keep(layer, [lists[0] as ArrayLike<number>]) };
});

/** Takes the slot for the position: what comes after an eviction moves back. */
export const shiftsPositions = changed('shifts_positions', (engine, params, kit) => {
  const moved: Engine = {
    ...engine,
    forward: (passes, read) =>
      engine.forward(
        passes.map((pass) => (pass.prefill ? pass : { ...pass, positions: [pass.sequence.length()] })),
        read,
      ),
  };
  return kvStatic.engine!.open(moved, params, kit);
});

/** Lets sinks and all but the newest token go. */
export const protectsNothing = changed('protects_nothing', (engine, params, kit) =>
  kvStatic.engine!.open(engine, { ...params, sinks: 0, recent: 1 }, kit),
);

/** Counts the attention of the newest token only, whatever was asked before. */
export const forgetsWhatWas = changed('forgets_what_was', (engine, params, kit) => {
  const forgetful: Engine = {
    ...engine,
    forward: (passes, read) =>
      engine.forward(
        passes.map((pass) => (pass.attention ? { ...pass, attention: { ...pass.attention, queries: 1 } } : pass)),
        read,
      ),
  };
  return kvStatic.engine!.open(forgetful, params, kit);
});

/** Says snapkv and lets every token of the prompt ask. */
export const looksAtTheWholePrompt = changed('looks_at_the_whole_prompt', (engine, params, kit) =>
  kvStatic.engine!.open(engine, { ...params, window: 1000 }, kit),
);

/** Finds long keys worth keeping. */
export const keepsLongKeys = onSequences('keeps_long_keys', (sequence) => {
  const keyNorms = sequence.keyNorms.bind(sequence);
  return { keyNorms: (layer, from) => keyNorms(layer, from).map((norm) => -norm) };
});

/** Those that the contract catches; the others fall to the tests beside the policy. */
export const brokenKvBudgets: { policy: AnyPolicy; caughtBy: string[] }[] = [
  { policy: onlyCountsEviction, caughtBy: ['acts on the engine at equal output length'] },
];
