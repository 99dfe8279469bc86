/**
 * Speculative decoding: draft k tokens cheaply, verify them in one pass of the full model, keep the longest right
 * prefix and the model's own next token (Leviathan et al. 2023, arXiv 2211.17192; n-gram drafts: prompt lookup,
 * Saxena 2023).
 *
 * Fidelity: exact. Each verified row picks its token as the baseline would, from the same logits and with the same
 * random number; a draft is accepted when it is that token. For one-hot drafts this is the paper's rule: the draft x
 * is accepted with probability p(x), else the token follows p without x.
 *
 * Counters: drafted, accepted, verify_passes, paused_steps; drafted_at and accepted_at per draft position.
 */
import { z } from 'zod';
import type { Call, Context, Engine, Output, Part, Policy } from '../core/index.ts';
import { createNgramDraft, type Started, start } from '../decode/index.ts';
import { createController } from './draft-controller.ts';

const params = z
  .strictObject({
    lookahead_tokens: z.int().min(0).max(15).default(4).describe('most tokens drafted per step'),
    draft: z.enum(['ngram', 'model']).default('ngram').describe('where drafts come from'),
    draft_model: z.string().nullable().default(null).describe('path of the draft model for draft: model'),
    acceptance_threshold: z.number().min(0).max(1).default(0.6).describe('what threshold_mode compares with'),
    threshold_mode: z
      .enum(['controller', 'draft-gate', 'target-prob'])
      .default('controller')
      .describe('controller: drafting pauses while the running acceptance is below the threshold'),
  })
  .refine((value) => value.draft !== 'ngram' || value.threshold_mode === 'controller', {
    path: ['threshold_mode'],
    message: 'n-gram drafts have no probability to gate on: use controller',
  })
  .refine((value) => value.draft === 'ngram', {
    path: ['draft'],
    message: 'drafts of a model are not built yet: use ngram',
  });
type Params = z.output<typeof params>;

async function* generate(engine: Engine, p: Params, call: Call, context: Context): AsyncGenerator<Part> {
  using begun = await start(engine, call, context);
  const drafter = createNgramDraft(begun.history);
  const controller = createController(p.acceptance_threshold);
  let picked = [begun.first];
  for (;;) {
    const part = begun.emit(picked);
    if (part) yield part;
    const end = begun.ended();
    if (end) return yield end;
    // The last token of the answer needs no draft behind it, and the cache has room for the rest only.
    const left = call.maxTokens - (begun.history.length - begun.promptLength);
    const allowed = controller.mayDraft() ? Math.min(p.lookahead_tokens, left - 1) : 0;
    if (!controller.mayDraft()) context.meter.add('paused_steps', 1);
    const drafts = allowed > 0 ? drafter.draft(allowed) : [];
    picked = await verify(engine, begun, drafts, context);
    controller.observe(drafts.length, picked.length - 1);
    for (const id of picked) drafter.append(id);
  }
}

/**
 * One pass over the newest token and its drafts; the rows' tokens are picked one by one until a draft is wrong.
 * The head runs row by row behind the pass, so rejected rows cost none (on SmolLM2-135M a head is a quarter of a pass).
 */
async function verify(engine: Engine, begun: Started, drafts: readonly number[], context: Context): Promise<number[]> {
  const { sequence, history } = begun;
  const tokens = [history.at(-1) as number, ...drafts];
  const positions = tokens.map((_, row) => history.length - 1 + row);
  if (drafts.length === 0) {
    return engine.forward([{ sequence, tokens, positions, logits: 1 }], ([output]) => [begun.pick(output!.logits)]);
  }
  const width = engine.model.width;
  const states = await engine.forward([{ sequence, tokens, positions, states: true }], ([output]) =>
    (output as Output).states.slice(),
  );
  const picked: number[] = [];
  for (let row = 0; row < tokens.length; row++) {
    const id = await head(engine, begun, states.subarray(row * width, (row + 1) * width), positions[row] as number);
    picked.push(id);
    if (id !== drafts[row]) break;
  }
  const rejected = tokens.length - picked.length;
  for (let layer = 0; layer < engine.model.layers; layer++) {
    sequence.truncate(sequence.length(layer) - rejected, [layer, layer + 1]);
  }
  count(context, drafts.length, picked.length - 1);
  return picked;
}

/** Norm and vocabulary product of one hidden row, then a pick. */
function head(engine: Engine, begun: Started, hidden: Float32Array, position: number): Promise<number> {
  const { layers } = engine.model;
  const pass = {
    sequence: begun.sequence,
    hidden,
    positions: [position],
    layers: [layers, layers] as const,
    logits: 1,
  };
  return engine.forward([pass], ([output]) => begun.pick(output!.logits));
}

function count({ meter }: Context, drafted: number, accepted: number): void {
  meter.add('verify_passes', 1);
  meter.add('drafted', drafted);
  meter.add('accepted', accepted);
  for (let at = 1; at <= drafted; at++) meter.tally('drafted_at', at);
  for (let at = 1; at <= accepted; at++) meter.tally('accepted_at', at);
}

export const speculative: Policy<Params> = {
  name: 'speculative_decoding',
  version: 1,
  about: 'Drafts tokens from earlier occurrences of the last n-gram and verifies them in one pass.',
  paper: 'Leviathan et al. 2023, arXiv 2211.17192',
  params,
  variants: { speculative_decoding: {} },
  neutral: { lookahead_tokens: 0 },
  counters: {
    verify_passes: 'passes that verified at least one draft',
    drafted: 'tokens drafted',
    accepted: 'drafted tokens that were right',
    paused_steps: 'steps without a draft because the controller paused drafting',
    drafted_at: 'drafts by position within their step',
    accepted_at: 'accepted drafts by position within their step',
  },
  acts: 'drafted',
  engine: {
    fidelity: () => 'exact',
    standsFor: 'draft, verify in one pass, keep the longest right prefix and one token more',
    open: (engine, p) => (call, context) => generate(engine, p, call, context),
  },
};
