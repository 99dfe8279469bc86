/**
 * The decode loop of all speculative policies; they differ in who drafts. One step: draft tokens, verify them in one pass
 * of the full model, keep the drafts up to the first wrong one and then the model's own token (Leviathan et al. 2023,
 * arXiv 2211.17192).
 *
 * Verification is by coupling. A verified row picks its token as the baseline would: from the same logits, with the
 * same random number. A draft stands when it is that token, and drafters use the same random number. So the tokens are
 * the baseline's, greedy or sampled. The paper's rule min(1, p/q) keeps only their distribution; with coupling policies
 * stay comparable sample by sample. The price is that fewer drafts stand under sampling (perf/coupling.mjs). Of drafts
 * by two layers of tiny8 and by 26 of SmolLM2-135M, without filters, so many stood: at temperature 0.7 89.6 and 55.4 %
 * (the paper's rule: 90.2 and 55.6 %), at temperature 1 87.7 and 47.7 % (88.9 and 51.2 %), at temperature 2 30.3 and
 * 0.4 % (61.2 and 16.6 %).
 */
import { z } from 'zod';
import { type Call, type Context, type Engine, type Part, type Pass, TtcError } from '../../core/index.ts';
import {
  type Accepted,
  createSampler,
  matchDraft,
  type PassPrices,
  priceOf,
  type Started,
  start,
  topProbability,
  type Verdict,
} from '../../decode/index.ts';
import { autoLookahead, fixedLookahead, type Lookahead, mostDrafts } from './choose-lookahead.ts';

export const lookahead = z
  .union([z.int().min(0).max(mostDrafts), z.enum(['auto'])])
  .default(4)
  .describe('most tokens drafted per step; auto: as many as pay by the measured prices of passes, in the engine only');
export const acceptanceThreshold = z
  .number()
  .min(0)
  .max(1)
  .default(0.6)
  .describe('share or probability that threshold_mode compares with');
/**
 * controller: drafted tokens are counted in groups of at least 16; where a smaller share of a group than the threshold was
 * right, nothing is drafted for 8 steps (draft-controller.ts). draft-gate: a step's drafting ends
 * where the drafter's top probability is below it. target-prob: a draft stands when the model itself gives it at least
 * that probability; at temperature 0 and above 0.5 such a token is the most likely one, so these are the baseline's
 * tokens in more passes; at 0.5 and below, or sampled, they are not.
 */
export const thresholdMode = z.enum(['controller', 'draft-gate', 'target-prob']);

export interface SpeculationParams {
  lookahead_tokens: number | 'auto';
  acceptance_threshold: number;
  threshold_mode: z.output<typeof thresholdMode>;
}

/** Tokens drafted in one step. */
export interface Draft {
  ids: readonly number[];
  /** Hidden rows [1 + ids × width] of the newest token and the drafts, where drafting ran their first layers already. */
  begun?: { layer: number; states: Float32Array };
}

export interface Drafter extends Partial<Disposable> {
  /** Drafting takes no pass of any model. */
  isFree?: boolean;
  /** Up to `most` tokens (at least 1) to follow the history. An end token is the last one. */
  draft(most: number): Draft | Promise<Draft>;
}

/** What steps cost, for `lookahead_tokens: auto`. */
export interface StepCosts {
  /** Drafting one token, as a share of a pass of one row. @default 0 */
  draft?: number;
  /** Share of the model that verification runs. @default 1 */
  verified?: number;
}

/** What a drafter works with. */
export interface Drafting {
  begun: Started;
  context: Context;
  /** False where the gate is closed: the drafter stops before the token that these logits would give. */
  isSure(logits: Float32Array): boolean;
}

export const speculationCounters = {
  verify_passes: 'passes that verified at least one draft',
  drafted: 'tokens drafted',
  verify_tokens: 'tokens of the answer that these passes gave',
  accepted: 'drafted tokens that were right, up to an end token or a stop string',
  paused_steps: 'steps without a draft because the controller paused drafting',
  lookahead: 'with lookahead_tokens: auto, steps by the number of tokens that they were to draft',
  pass_us:
    'with lookahead_tokens: auto, microseconds that passes were taken to cost, by their rows, a time for each call',
  gate_stops: 'steps whose drafting ended because the drafter was not sure',
  drafted_at: 'drafts by position within their step',
  accepted_at: 'accepted drafts by position within their step',
  accepted_length: 'verified steps by the number of drafts that were accepted',
  draft_ms: 'wall time of drafting',
  verify_ms: 'wall time of verification and of steps without a draft',
};

export const speculationFidelity = ({ threshold_mode, lookahead_tokens }: SpeculationParams) =>
  threshold_mode === 'target-prob' && lookahead_tokens !== 0 ? 'lossy' : 'exact';

/** @throws E_CAPABILITY for `auto` on an engine that does not say what its passes cost */
export function checkPrices({ passPrices }: Engine, { lookahead_tokens }: SpeculationParams): void {
  if (lookahead_tokens !== 'auto' || passPrices) return;
  throw new TtcError(
    'E_CAPABILITY',
    'lookahead_tokens: auto needs the prices of passes, and this engine did not measure them',
    {
      help: 'open the engine with priced: true, or give a number',
    },
  );
}

/** Answers a call with the drafts of what `openDrafter` opens for it. */
export async function* speculate(
  engine: Engine,
  p: SpeculationParams,
  call: Call,
  context: Context,
  openDrafter: (drafting: Drafting) => Drafter,
  costs: StepCosts = {},
): AsyncGenerator<Part> {
  using begun = await start(engine, call, context);
  const isSure = createGate(p, context);
  const drafter = openDrafter({ begun, context, isSure });
  try {
    const lookahead = createLookahead(engine, p, drafter, costs, context);
    const step = createStep(engine, p, call, begun, { drafter, lookahead }, context);
    let picked: Picked = { ids: [begun.first], drafted: 0, accepted: 0 };
    for (;;) {
      const before = begun.delivered;
      const part = begun.emit(picked.ids);
      if (picked.drafted > 0) count(context, picked, begun.delivered - before, engine.tokenizer.endIds);
      if (part) yield part;
      const end = begun.ended();
      if (end) return yield end;
      picked = await step();
    }
  } finally {
    drafter[Symbol.dispose]?.();
  }
}

function createGate(p: SpeculationParams, { meter }: Context): (logits: Float32Array) => boolean {
  if (p.threshold_mode !== 'draft-gate') return () => true;
  return (logits) => {
    const isSure = topProbability(logits) >= p.acceptance_threshold;
    if (!isSure) meter.add('gate_stops', 1);
    return isSure;
  };
}

function createLookahead(
  { passPrices }: Engine,
  p: SpeculationParams,
  { isFree = false }: Drafter,
  costs: StepCosts,
  { meter }: Context,
): Lookahead {
  const { lookahead_tokens, threshold_mode, acceptance_threshold } = p;
  if (lookahead_tokens !== 'auto' || !passPrices)
    return fixedLookahead(Number(lookahead_tokens), threshold_mode === 'controller' ? acceptance_threshold : 0);
  for (const [rows, ms] of Object.entries(passPrices)) meter.tally('pass_us', Number(rows), Math.round(1000 * ms));
  const auto = autoLookahead(stepCost(passPrices, costs), isFree);
  return {
    ...auto,
    next() {
      const drafts = auto.next();
      meter.tally('lookahead', drafts);
      return drafts;
    },
  };
}

/** Price of a step by its drafts: drafting them, and the pass over them and the newest token. */
function stepCost(prices: PassPrices, { draft = 0, verified = 1 }: StepCosts): (drafts: number) => number {
  const one = priceOf(prices, 1);
  return (drafts) =>
    drafts === 0 ? one : drafts * draft * one + (1 - verified) * one + verified * priceOf(prices, 1 + drafts);
}

/** What one step gave: its tokens, of which the first `accepted` are drafts. */
interface Picked extends Accepted {
  drafted: number;
}

/** One step per call: the picked tokens, which the history holds by then. */
function createStep(
  engine: Engine,
  p: SpeculationParams,
  call: Call,
  begun: Started,
  { drafter, lookahead }: { drafter: Drafter; lookahead: Lookahead },
  context: Context,
) {
  const { meter } = context;
  const verify = createVerifier(engine, begun, createJudge(p, call, begun));

  return async (): Promise<Picked> => {
    const started = performance.now();
    // No draft follows the last token of the answer: the cache has room up to the token limit only.
    const left = call.maxTokens - (begun.history.length - begun.promptLength);
    if (lookahead.paused) meter.add('paused_steps', 1);
    const most = Math.min(lookahead.next(), left - 1);
    const drafted: Draft = most > 0 ? await drafter.draft(most) : { ids: [] };
    const guess = most === 0 && lookahead.watches && left > 1 ? (await drafter.draft(1)).ids[0] : undefined;
    const between = performance.now();
    const { ids, accepted } = await verify(drafted);
    meter.add('draft_ms', between - started);
    meter.add('verify_ms', performance.now() - between);
    if (guess === undefined) lookahead.observe(drafted.ids.length, accepted);
    else lookahead.observe(1, guess === ids[0] ? 1 : 0);
    return { ids, drafted: drafted.ids.length, accepted };
  };
}

type Judge = (logits: Float32Array, draft: number | undefined) => Verdict;

/** Decides on a verified row; the token is in the history afterwards. */
function createJudge(p: SpeculationParams, call: Call, begun: Started): Judge {
  const match: Judge = (logits, draft) => {
    const id = begun.pick(logits);
    return { id, accepted: id === draft };
  };
  if (p.threshold_mode !== 'target-prob') return match;
  const { repetitionPenalty } = call.sampling ?? {};
  const raw = createSampler({ temperature: 1, sampling: { repetitionPenalty }, seed: call.seed });
  return (logits, draft) => {
    if (draft === undefined) return match(logits, draft);
    const probability = raw.probabilities(logits, begun.history)[draft] as number;
    if (probability < p.acceptance_threshold) return { id: begun.pick(logits), accepted: false };
    begun.append(draft, logits);
    return { id: draft, accepted: true };
  };
}

/**
 * Runs one pass over the newest token and its drafts (or its remaining layers, where drafting ran the first ones), and
 * judges its rows until a draft is wrong. If the step before accepted a draft, the pass computes the logits of all rows.
 * If not, the first draft is probably wrong again: the head runs after the pass, on the first row alone, and on the others
 * only if the first draft is right. On SmolLM2-135M (AMX) a pass takes 15 ms; the head takes 3.3 ms for five rows inside
 * it, 2.4 ms for one row after it, and 3.3 ms for the other four.
 */
function createVerifier(engine: Engine, begun: Started, judge: Judge): (draft: Draft) => Promise<Accepted> {
  const { sequence, history } = begun;
  const { layers, width, vocabulary } = engine.model;
  const { endIds } = engine.tokenizer;
  let expectsMore = true;

  /** Judges rows by their logits until a draft falls. */
  const judgeRows = (logits: Float32Array, drafts: readonly number[]): Accepted =>
    matchDraft(drafts, (row, draft) => judge(logits.subarray(row * vocabulary, (row + 1) * vocabulary), draft), endIds);

  async function judgeStates(states: Float32Array, position: number, drafts: readonly number[]): Promise<Accepted> {
    const head = (from: number, to: number) => ({
      sequence,
      hidden: states.subarray(from * width, to * width),
      positions: Array.from({ length: to - from }, (_, row) => position + from + row),
      layers: [layers, layers] as const,
      logits: to - from,
    });
    const first = await engine.forward([head(0, 1)], ([output]) => judge(output!.logits, drafts[0]));
    const rows = states.length / width;
    if (!first.accepted || rows === 1) return { ids: [first.id], accepted: first.accepted ? 1 : 0 };
    const rest = await engine.forward([head(1, rows)], ([output]) => judgeRows(output!.logits, drafts.slice(1)));
    return { ids: [first.id, ...rest.ids], accepted: 1 + rest.accepted };
  }

  async function judgePass(pass: Pass, drafts: readonly number[]): Promise<Accepted> {
    const rows = pass.positions.length;
    if (expectsMore || rows === 1) {
      return engine.forward([{ ...pass, logits: rows }], ([output]) => judgeRows(output!.logits, drafts));
    }
    const states = await engine.forward([{ ...pass, states: true }], ([output]) => output!.states.slice());
    return judgeStates(states, pass.positions[0] as number, drafts);
  }

  return async (draft) => {
    const tokens = [history.at(-1) as number, ...draft.ids];
    // No token follows an end token, so a drafted end token needs no row.
    if (draft.ids.length > 0 && endIds.has(tokens.at(-1) as number)) tokens.pop();
    const positions = tokens.map((_, row) => history.length - 1 + row);
    const rows = draft.begun
      ? { hidden: draft.begun.states, layers: [draft.begun.layer, layers] as const }
      : { tokens, layers: [0, layers] as const };
    const judged = await judgePass({ sequence, ...rows, positions }, draft.ids);
    if (draft.ids.length > 0) expectsMore = judged.accepted > 0;
    forget(engine, begun, tokens.length - judged.ids.length);
    return judged;
  };
}

/** Takes the rejected rows out of every layer; layers may hold different numbers of slots. */
function forget(engine: Engine, { sequence }: Started, rejected: number): void {
  for (let layer = 0; layer < engine.model.layers; layer++) {
    sequence.truncate(sequence.length(layer) - rejected, [layer, layer + 1]);
  }
}

/**
 * A verified step. Right drafts behind an end token or a stop string became part of no answer: they count as drafted only.
 * A right end token is an accepted draft and no token of the answer.
 * @param delivered tokens of the step that became part of the answer
 */
function count({ meter }: Context, step: Picked, delivered: number, endIds: ReadonlySet<number>): void {
  const { drafted, ids } = step;
  const used = endIds.has(ids[delivered] ?? -1) ? delivered + 1 : delivered;
  const accepted = Math.min(step.accepted, used);
  meter.add('verify_passes', 1);
  meter.add('verify_tokens', delivered);
  meter.add('drafted', drafted);
  meter.add('accepted', accepted);
  meter.tally('accepted_length', accepted);
  for (let at = 1; at <= drafted; at++) meter.tally('drafted_at', at);
  for (let at = 1; at <= accepted; at++) meter.tally('accepted_at', at);
}
