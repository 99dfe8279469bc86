/**
 * Early exit: a token may leave the model before its last layers. After layer E the model's own norm and head guess
 * the token. Where the guess is confident, the token is taken and the remaining layers are skipped; else it goes on
 * (CALM, Schuster et al. 2022, arXiv 2207.07061).
 *
 * Where E lies: exit_layer counts in a model of of_layers and scales with the real depth L, as
 * round(exit_layer / of_layers × L). So 28 of 32 is layer 26 of 30. With `of_layers: null` exit_layer is taken as it
 * stands. Prompts, and the first token of an answer, always run through all layers.
 * - confidence: `max` is the largest probability, `margin` the largest less the second. `state` is the cosine of the
 *   hidden rows before and after layer E and needs no head.
 * - confidence_threshold: a guess at least this confident is taken. With `decay` the threshold falls over the answer
 *   (exit-threshold.ts).
 * - kv: later tokens need K and V of the skipped layers. `propagate` computes them from the row that left: cheap and
 *   approximate. `backfill` keeps that row and runs the missing layers for all such rows together, when a later token
 *   goes deep: exact K and V, fewer passes, no less arithmetic.
 * - shortlist: the check looks at this many token ids instead of all of them: the ends, the text so far, the lowest
 *   ids. A token that leaves is one of them. In SmolLM2-135M a full head costs more than four layers.
 * - verify_eos: an answer may not end by an early exit.
 *
 * Over an API layers cannot be seen. There it is answer stability (answer-stability.ts): side calls ask for the final
 * answer while the answer streams, and it is left where enough of them say the same. `exit_layer` of `of_layers` is then
 * the share of the token limit after which it may be left, `confidence_threshold` the share of the probes that agree.
 * - mode, probes, probe_tokens, probe_temperature, probe_every, inducer: how it is probed.
 * Fidelity: lossy. Exact where the parameters alone say that no check is made: a threshold above 1, or exit_layer equal to
 * of_layers. Where E is the last layer only in this model (`of_layers: null, exit_layer: 30` of 30 layers) no check is made
 * either, but the label stays lossy: it is given before the model is known. `early_exit_32` is the control without checks.
 * Counters: exit_checks, exits, held_ends, exit_layer. check_weights and exit_weights give the break-even exit rate.
 *
 * Fields of the object below (src/core/policy.ts explains all): `neutral`, parameters that equal the baseline; `acts`, the
 * counter that is above 0 when the policy did something; `standsFor`, what it does in one sentence.
 */
import { z } from 'zod';
import type { Call, Context, Engine, Output, Part, Policy } from '../../core/index.ts';
import { cosine, probabilityMargin, type Started, start, topProbability } from '../../decode/index.ts';
import { stabilityCounters, stableAnswer } from './answer-stability.ts';
import { exitLayerOf, exitWeights } from './exit-layer.ts';
import { isOutOfReach, thresholdAt } from './exit-threshold.ts';
import { createShortlist } from './shortlist.ts';
import { createSkippedLayers } from './skipped-layers.ts';

const fields = z.strictObject({
  exit_layer: z.int().min(1).default(28).describe('layer after which tokens may leave'),
  of_layers: z.int().min(1).nullable().default(32).describe('depth that exit_layer counts in; null: that of the model'),
  confidence_threshold: z
    .number()
    .min(0)
    .default(0.8)
    .describe('a token leaves at this confidence or above; above 1 never, unless decay lowers it'),
  decay: z
    .number()
    .min(0)
    .default(0)
    .describe('how fast the threshold falls towards nine tenths of itself; 4 in CALM’s code, 0: not at all'),
  confidence: z
    .enum(['max', 'margin', 'state'])
    .default('max')
    .describe('largest probability, its lead over the second, or cosine of the hidden rows before and after the layer'),
  kv: z
    .enum(['propagate', 'backfill'])
    .default('propagate')
    .describe('K and V of skipped layers: from the row that left, or computed later'),
  shortlist: z.int().min(0).default(0).describe('token ids that the check looks at; 0: all'),
  verify_eos: z.boolean().default(true).describe('ends of answers are decided at full depth'),
  mode: z
    .enum(['parallel', 'temporal'])
    .default('parallel')
    .describe('over an API: probes at each checkpoint, sent together, or one every probe_every tokens'),
  probes: z.int().min(2).max(32).default(5).describe('over an API: probes whose answers are compared'),
  probe_tokens: z.int().min(1).default(20).describe('over an API: most tokens of a probe’s answer'),
  probe_temperature: z.number().min(0).max(2).default(0.6).describe('over an API: temperature of the probes'),
  probe_every: z.int().min(1).default(64).describe('over an API: tokens between two probes with mode: temporal'),
  inducer: z
    .string()
    .default('Final answer:')
    .describe('over an API: text, after an empty line, that leads a probe to its answer'),
});
type Params = z.output<typeof fields>;

const params = fields
  .refine(({ exit_layer, of_layers }) => of_layers === null || exit_layer <= of_layers, {
    path: ['exit_layer'],
    message: 'must not exceed of_layers',
  })
  .refine(({ confidence, shortlist }) => confidence !== 'state' || shortlist === 0, {
    path: ['shortlist'],
    message: 'confidence: state looks at no tokens',
  });
const controlParams = fields
  .extend({ exit_layer: fields.shape.exit_layer.unwrap().default(32).describe('must equal of_layers') })
  .refine(({ exit_layer, of_layers }) => exit_layer === of_layers, {
    path: ['exit_layer'],
    message: 'must equal of_layers: this variant is the control that never exits; use early_exit_28 to exit earlier',
  });

/** A token and the layer it left at. */
interface Left {
  id: number;
  layer: number;
}

/** A hidden row after the exit layer, and what it guesses. */
interface Guess {
  hidden: Float32Array;
  /** The token that leaves here; undefined where it must go on. */
  id: number | undefined;
}

async function* generate(engine: Engine, p: Params, call: Call, context: Context): AsyncGenerator<Part> {
  using begun = await start(engine, call, context);
  const { layers } = engine.model;
  const exitLayer = exitLayerOf(p, layers);
  const checks = exitLayer < layers && !isOutOfReach(p);
  const step = checks ? createExits(engine, p, call, exitLayer, begun, context) : () => fullStep(engine, begun);
  let left: Left = { id: begun.first, layer: layers };
  for (;;) {
    const part = begun.emit([left.id], [{ layer: left.layer }]);
    if (part) yield part;
    const end = begun.ended();
    if (end) return yield end;
    left = await step();
    context.meter.tally('exit_layer', left.layer);
  }
}

async function fullStep(engine: Engine, { sequence, history, pick }: Started): Promise<Left> {
  const pass = { sequence, tokens: [history.at(-1) as number], positions: [history.length - 1], logits: 1 };
  const id = await engine.forward([pass], ([output]) => pick(output!.logits));
  return { id, layer: engine.model.layers };
}

/** One step per call: a guess at the exit layer, then the rest of the layers unless the guess is good enough. */
function createExits(
  engine: Engine,
  p: Params,
  { maxTokens }: Call,
  exitLayer: number,
  begun: Started,
  { meter }: Context,
) {
  const { layers, vocabulary, width } = engine.model;
  const spared = exitWeights(engine.model, exitLayer, p.kv);
  const { sequence, history, sampler } = begun;
  const { endIds } = engine.tokenizer;
  const skipped = createSkippedLayers(engine, sequence, exitLayer, p.kv);
  const shortlist = createShortlist(begun, endIds, p.shortlist, vocabulary);
  const score = p.confidence === 'margin' ? probabilityMargin : topProbability;
  const head = [layers, layers] as const;
  const isSure = (confidence: number) => confidence >= thresholdAt(p, history.length - begun.promptLength, maxTokens);

  /** The guess takes the random number that the full model would; an end that must be verified leaves it there. */
  function judge(logits: Float32Array): number | undefined {
    const id = sampler.pick(logits, history, () => sampler.random.peek(0));
    if (p.verify_eos && endIds.has(id)) {
      meter.add('held_ends', 1);
      return undefined;
    }
    begun.append(id, logits);
    return id;
  }

  function guessByHead(token: number, position: number): Promise<Guess> {
    const row = { sequence, tokens: [token], positions: [position], logits: 1, states: true };
    meter.add('check_weights', spared.head);
    return engine.forward([{ ...row, layers: [0, exitLayer] }], ([output]) => {
      const { logits, states } = output as Output;
      return { hidden: states.slice(), id: isSure(score(logits)) ? judge(logits) : undefined };
    });
  }

  async function guessByShortlist(token: number, position: number): Promise<Guess> {
    const candidates = shortlist.ids();
    const row = { sequence, tokens: [token], positions: [position], candidates, states: true };
    meter.add('check_weights', candidates.length * width);
    return engine.forward([{ ...row, layers: [0, exitLayer] }], ([output]) => {
      const { candidates: logits, states } = output as Output;
      const id = isSure(score(logits)) ? judge(shortlist.row(candidates, logits)) : undefined;
      return { hidden: states.slice(), id };
    });
  }

  async function guessByState(token: number, position: number): Promise<Guess> {
    const row = { sequence, positions: [position], states: true };
    const states = ([output]: readonly Output[]) => (output as Output).states.slice();
    const before = await engine.forward([{ ...row, tokens: [token], layers: [0, exitLayer - 1] }], states);
    const hidden = await engine.forward([{ ...row, hidden: before, layers: [exitLayer - 1, exitLayer] }], states);
    if (!isSure(cosine(before, hidden))) return { hidden, id: undefined };
    const atHead = { sequence, hidden, positions: [position], layers: head, logits: 1 };
    return { hidden, id: await engine.forward([atHead], ([output]) => judge(output!.logits)) };
  }

  const guess = p.confidence === 'state' ? guessByState : p.shortlist > 0 ? guessByShortlist : guessByHead;
  return async (): Promise<Left> => {
    const [token, position] = [history.at(-1) as number, history.length - 1];
    const { hidden, id } = await guess(token, position);
    meter.add('exit_checks', 1);
    meter.add('exit_weights', spared.layers + (p.confidence === 'state' ? 0 : spared.head));
    if (id === undefined) return { id: await skipped.goDeep(hidden, position, begun.pick), layer: layers };
    meter.add('exits', 1);
    await skipped.defer(hidden, position);
    return { id, layer: exitLayer };
  };
}

/** The parameters alone say so; what of_layers: null means for a model is not known here. */
const neverChecks = (p: Params) => isOutOfReach(p) || p.exit_layer === p.of_layers;

export const earlyExit: Policy<Params> = {
  name: 'early_exit',
  version: 3,
  about: 'Tokens leave the model before its last layers where its head is already confident.',
  paper: 'Schuster et al. 2022, arXiv 2207.07061',
  params,
  variants: { early_exit_28: {} },
  neutral: { confidence_threshold: 1.5 },
  counters: {
    exit_checks: 'tokens whose confidence was measured at the exit layer',
    exits: 'tokens that left there',
    held_ends: 'confident end tokens that were sent on to be verified',
    check_weights: 'weights read for the checks (heads, or rows of the shortlist)',
    exit_weights:
      'weights an exit spares (layers, less the product for their K and V, and the second head), summed over the checks',
    exit_layer: 'decoded tokens by the layer they left at',
    ...stabilityCounters,
  },
  acts: 'exits',
  engine: {
    fidelity: (p) => (neverChecks(p) ? 'exact' : 'lossy'),
    standsFor: 'norm and head after layer E; tokens leave there when confident, else run to the last layer',
    check: (p, { layers }) => void exitLayerOf(p, layers),
    open(engine, p) {
      exitLayerOf(p, engine.model.layers);
      return (call, context) => generate(engine, p, call, context);
    },
  },
  client: {
    fidelity: (p) => (neverChecks(p) ? 'exact' : 'lossy'),
    standsFor:
      'answer stability: side calls ask for the final answer while it streams, and the stream is cancelled where enough of them say the same; it stands for leaving the model when its guess is confident',
    cannot: 'see layers, or the confidence of a token: it can shorten an answer and make no token cheaper',
    alters: ['continue', 'maxTokens', 'temperature', 'seed', 'stop', 'logprobs'],
    needs: (p) => (neverChecks(p) ? [] : ['prefill']),
    open(target, p, { count }) {
      if (neverChecks(p)) return target;
      const { mode, probes } = p;
      const inducer = `\n\n${p.inducer}`;
      const options = {
        ...{ mode, probes, inducer, inducerTokens: count(inducer) },
        ...{ threshold: p.confidence_threshold, first: p.exit_layer, parts: p.of_layers ?? 32 },
        ...{ probeTokens: p.probe_tokens, probeTemperature: p.probe_temperature, probeEvery: p.probe_every },
      };
      return (call, context) => stableAnswer(target, options, call, context);
    },
  },
};

/** Exit at the last layer is no exit: no check is made, and what differs from the baseline is noise. */
export const earlyExitControl: Policy<Params> = {
  name: 'early_exit_control',
  version: 1,
  about: 'Early exit at the last layer: the control that makes no check and equals the baseline.',
  params: controlParams,
  variants: { early_exit_32: {} },
  neutral: {},
  counters: { exit_layer: 'decoded tokens by the layer they left at' },
  engine: {
    fidelity: () => 'exact',
    standsFor: 'every token runs to the last layer',
    open: (engine, p) => (call, context) => generate(engine, p, call, context),
  },
  client: {
    fidelity: () => 'exact',
    standsFor: 'the control: no probe is sent, so it is one streamed call',
    cannot: 'nothing is missing: there is nothing to leave early',
    alters: [],
    needs: () => [],
    open: (target) => target,
  },
};
