/** The cache of one call under a KV budget: what is asked of each pass, what a slot is worth, when slots go. */
import type { Call, Context, Engine, Output, Pass, Sequence } from '../../core/index.ts';
import { TtcError } from '../../core/index.ts';
import {
  cosineOverLayers,
  cosineOverSteps,
  createKvLedger,
  fixedBudget,
  type KvBudget,
  type KvLedger,
  type Prefill,
  prefill,
  slotsNeeded,
  staticBudget,
} from '../../decode/index.ts';

/** Parameters of both variants; those of the other one are absent. */
export interface KvParams {
  ratio?: number;
  budget?: number | null;
  ratio_max?: number;
  ratio_min?: number;
  axis?: 'layer' | 'step';
  steps?: number | null;
  keep: 'snapkv' | 'h2o' | 'recent' | 'knorm';
  sinks: number;
  recent: number | null;
  window: number;
  evict: 'always' | 'prompt';
}

export interface KvCache {
  /** Fills the cache, then cuts the prompt: goes with any decode loop that adds slots and drops the newest. */
  readonly prefill: Prefill;
  /** KV slots the call needs, of the prompt's length. */
  capacity(promptLength: number): number;
  /** What a decoding pass must ask for, so that `afterStep` can see it. */
  readonly asks: Pick<Pass, 'attention'>;
  /** Books a decoded token and lets slots go; called while the pass's output can be read. */
  afterStep(sequence: Sequence, position: number, output: Output): void;
}

const mostRecent = 32;

/** Parameters under which no budget is ever below the number of tokens. A fixed budget may be, so it never counts. */
export const neverEvicts = ({ budget, ratio = 1, ratio_min = 1 }: KvParams): boolean =>
  (budget ?? null) === null && ratio >= 1 && ratio_min >= 1;

function plannedBudget(p: KvParams, layers: number, maxTokens: number): KvBudget {
  if (p.budget) return fixedBudget(p.budget, layers);
  if (p.ratio_max === undefined || p.ratio_min === undefined) return staticBudget(p.ratio ?? 1, layers);
  if (p.axis === 'step') return cosineOverSteps(p.ratio_max, p.ratio_min, layers, p.steps ?? maxTokens);
  return cosineOverLayers(p.ratio_max, p.ratio_min, layers);
}

/** Short prompts keep more: below ten slots four sinks, a half of recent tokens and one more would not fit. */
function budgetOf(p: KvParams, layers: number, maxTokens: number): KvBudget {
  const planned = plannedBudget(p, layers, maxTokens);
  if (p.recent !== null) return planned;
  return (tokens, step) => planned(tokens, step).map((slots) => roomFor(p, slots));
}

/** The least number of slots from `slots` on that holds sinks, its half of recent tokens and one more. */
function roomFor(p: KvParams, slots: number): number {
  let room = slots;
  while (room < p.sinks + recentOf(p, room) + 1) room++;
  return room;
}

const recentOf = (p: KvParams, budget: number) => p.recent ?? Math.min(mostRecent, Math.floor(budget / 2));

/** @throws E_POLICY where sinks, recent tokens and one more do not fit */
function checkRoom(p: KvParams, budget: number, recent: number, tokens: number): void {
  if (budget >= p.sinks + recent + 1) return;
  throw new TtcError(
    'E_POLICY',
    `${tokens} tokens leave a KV budget of ${budget} slots: no room for ${p.sinks} sinks, ${recent} recent tokens and one more`,
    { help: 'raise the ratio, or lower sinks or recent' },
  );
}

/** The cache of one call. Once per call: it keeps books. */
export function createKvCache(
  engine: Pick<Engine, 'model'>,
  p: KvParams,
  call: Pick<Call, 'maxTokens'>,
  context: Pick<Context, 'meter'>,
): KvCache {
  const { layers, kvHeads } = engine.model;
  const budget = budgetOf(p, layers, call.maxTokens);
  const ledgers = Array.from({ length: layers }, () => createKvLedger(p.keep === 'recent' ? 1 : kvHeads));
  const all = Array.from({ length: layers }, (_, layer) => layer);
  const usesMass = p.keep === 'snapkv' || p.keep === 'h2o';
  /** What is newer is worth more. */
  const ages = p.keep === 'recent';
  let promptLength = 0;

  /** @param mass attention on the ledger's slots; @param from the first slot whose key is new */
  function addWorth(sequence: Sequence, layer: number, mass: Float32Array | undefined, from: number): void {
    const ledger = ledgers[layer] as KvLedger;
    if (mass) ledger.add(mass);
    if (p.keep !== 'knorm') return;
    const norms = sequence.keyNorms(layer, from);
    ledger.add(
      norms.map((norm) => -norm),
      from,
    );
  }

  function evict(sequence: Sequence, tokens: number, step: number): void {
    const budgets = budget(tokens, step);
    let kept = 0;
    let gone = 0;
    ledgers.forEach((ledger, layer) => {
      const before = ledger.length;
      evictLayer(sequence, ledger, layer, budgets[layer] as number, tokens);
      kept += ledger.length;
      gone += before - ledger.length;
    });
    context.meter.add('offered_rows', tokens * layers);
    context.meter.add('kept_rows', kept);
    context.meter.add('evicted_slots', gone);
  }

  function evictLayer(sequence: Sequence, ledger: KvLedger, layer: number, slots: number, tokens: number): void {
    if (ledger.length <= slots) return;
    const recent = recentOf(p, slots);
    checkRoom(p, slots, recent, tokens);
    const lists = ledger.evict(slots, { sinks: p.sinks, recent });
    if (lists) sequence.keep(layer, lists);
  }

  function afterPrompt(sequence: Sequence, { attention }: Output): void {
    for (const layer of all) {
      for (let position = 0; position < promptLength; position++) ledgers[layer]?.append(position, ages ? position : 0);
      addWorth(sequence, layer, attention[layer], 0);
    }
    evict(sequence, promptLength, 0);
    for (const layer of all) context.meter.tally('kept_at_layer', layer, (ledgers[layer] as KvLedger).length);
    if (usesMass) context.meter.add('mass_kept', massKept(ledgers, attention));
  }

  return {
    prefill: (engine, sequence, ids, read) => {
      promptLength = ids.length;
      const queries = p.keep === 'h2o' ? promptLength : Math.min(p.window, promptLength);
      const options = usesMass ? { attention: { layers: all, queries } } : {};
      return prefill(engine, sequence, ids, options, (output) => {
        const value = read(output);
        afterPrompt(sequence, output);
        return value;
      });
    },
    capacity(length) {
      if (p.evict === 'always') return slotsNeeded(budget, length, call.maxTokens);
      const kept = budget(length, 0).map((slots) => Math.min(slots, length));
      return Math.max(length, ...kept.map((slots) => slots + call.maxTokens));
    },
    asks: usesMass && p.evict === 'always' ? { attention: { layers: all, queries: 1 } } : {},
    afterStep(sequence, position, { attention }) {
      if (p.evict === 'prompt') return;
      for (const layer of all) {
        ledgers[layer]?.append(position, ages ? position : 0);
        addWorth(sequence, layer, attention[layer], (ledgers[layer] as KvLedger).length - 1);
      }
      evict(sequence, position + 1, position + 1 - promptLength);
    },
  };
}

/** Share of the prompt's attention mass [heads × positions] per layer that lies on kept slots. */
function massKept(ledgers: readonly KvLedger[], attention: readonly Float32Array[]): number {
  const shares = attention.map((mass, layer) => {
    const ledger = ledgers[layer] as KvLedger;
    const count = mass.length / ledger.heads;
    const total = mass.reduce((sum, amount) => sum + amount, 0);
    let kept = 0;
    for (let head = 0; head < ledger.heads; head++) {
      for (const position of ledger.positions(head)) kept += mass[head * count + position] as number;
    }
    return kept / total;
  });
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}
