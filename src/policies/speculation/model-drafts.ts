/** Drafts of a second, smaller model with the same vocabulary. */
import {
  type Context,
  type Engine,
  type Meter,
  type ModelShape,
  type Tokenizer,
  TtcError,
  weightsOf,
} from '../../core/index.ts';
import { prefill } from '../../decode/index.ts';
import type { Drafter, Drafting } from './speculation.ts';

export const modelDraftCounters = {
  draft_passes: 'passes of the draft model',
  draft_layer_rows: 'rows × layers of the draft model',
  draft_head_rows: 'rows that the draft model computed logits for',
  draft_pass_work: 'passes of the draft model, each counted as its weights divided by those of the model',
  draft_layer_work:
    'rows × layers of the draft model, each counted as the weights of its layer divided by those of a layer of the model',
  draft_kv_bytes_peak: 'most bytes of K and V in filled slots of the draft model',
  draft_kv_bytes_sum: 'bytes of K and V in filled slots of the draft model, summed over its steps',
  draft_kv_steps: 'steps of the draft model after the prompt',
  draft_kv_opened_bytes_peak: 'bytes of the KV slots that were opened in the draft model',
};

/**
 * Files of one family differ in how far they pad their vocabulary (Qwen 2.5: 151,936 rows at 0.5 B, 152,064 at 7 B), so
 * what counts is the tokens that have a text.
 * @throws E_POLICY where a token id does not mean the same text in both models
 */
export function checkVocabulary(target: Engine, draft: Engine): void {
  const refuse = (reason: string) => {
    throw new TtcError('E_POLICY', `the draft model's vocabulary is not that of the model: ${reason}`, {
      help: 'draft with a model of the same family',
    });
  };
  const shared = sharedTokens(target, draft);
  for (let id = 0; id < shared; id++) {
    if (Buffer.compare(target.tokenizer.bytes(id), draft.tokenizer.bytes(id)) !== 0) refuse(`token ${id} differs`);
    if (target.tokenizer.endIds.has(id) !== draft.tokenizer.endIds.has(id)) refuse(`token ${id} ends one of them only`);
  }
  const larger = target.model.vocabulary > shared ? target : draft;
  for (let id = shared; id < larger.model.vocabulary; id++)
    if (!isPadding(larger.tokenizer, id)) refuse(`token ${id} is in one of them only`);
}

const sharedTokens = (target: Engine, draft: Engine) => Math.min(target.model.vocabulary, draft.model.vocabulary);

const isPadding = ({ bytes, controlText, endIds }: Tokenizer, id: number) =>
  bytes(id).length === 0 && (controlText?.(id) ?? '') === '' && !endIds.has(id);

/**
 * The draft model keeps a sequence of its own beside the target's and catches up with what was accepted meanwhile:
 * after a full acceptance it lacks the last draft and the target's token. Its prompt runs when the first draft is
 * wanted, so the first token does not wait for it. Past the end of its context it drafts nothing.
 */
export function createModelDrafter(
  target: Engine,
  model: Engine,
  { begun, context, isSure }: Drafting,
  maxTokens: number,
): Drafter {
  const { history, sampler } = begun;
  const shared = sharedTokens(target, model);
  const capacity = Math.min(begun.promptLength + maxTokens, model.model.contextLength);
  const sequence = model.open(capacity, { ...context, meter: draftMeter(context, target.model, model.model) });
  /** Ids in the draft model's cache. */
  const known: number[] = [];

  function forgetRejected(): void {
    // A step adds at most 16 tokens to the history (15 drafts and one more). Older ids were compared in earlier steps.
    let same = Math.min(known.length, Math.max(0, history.length - 17));
    while (same < known.length && known[same] === history[same]) same++;
    known.length = same;
    sequence.truncate(same);
  }

  /** The prompt in chunks, as the target ran it: two equal models must have equal bits. */
  async function runPrompt(): Promise<void> {
    const prompt = history.slice(0, begun.promptLength);
    await prefill(model, sequence, prompt, {}, () => undefined);
    known.push(...prompt);
  }

  /** Runs what the cache lacks of the text; the next draft, or nothing where the gate closes. */
  async function next(text: readonly number[], drafted: number): Promise<number | undefined> {
    if (known.length === 0) await runPrompt();
    const tokens = text.slice(known.length);
    if (tokens.some((id) => id >= shared)) return undefined;
    const positions = tokens.map((_, row) => known.length + row);
    known.push(...tokens);
    return model.forward([{ sequence, tokens, positions, logits: 1 }], ([output]) => {
      // A row of padding was never trained: its logit says nothing.
      const logits = output!.logits.subarray(0, shared);
      return isSure(logits) ? sampler.pick(logits, text, () => sampler.random.peek(drafted)) : undefined;
    });
  }

  return {
    async draft(most) {
      forgetRejected();
      const text = history.slice();
      for (let drafted = 0; drafted < most && text.length <= capacity; drafted++) {
        const id = await next(text, drafted);
        if (id === undefined) break;
        text.push(id);
        if (model.tokenizer.endIds.has(id)) break;
      }
      return { ids: text.slice(history.length) };
    },
    [Symbol.dispose]: () => sequence[Symbol.dispose](),
  };
}

/** Counts the draft model's work apart, plain and weighted by its size; its time is added to the call's. */
function draftMeter({ meter }: Context, target: ModelShape, draft: ModelShape): Meter {
  const times = new Set(['engine_ms', 'cpu_ms', 'graph_ms', 'graph_cpu_ms', 'forward_ms']);
  const work = new Set(Object.keys(modelDraftCounters));
  const [whole, own] = [weightsOf(target), weightsOf(draft)];
  return {
    add(counter, amount) {
      if (times.has(counter)) meter.add(counter, amount);
      else if (counter === 'layer_work') meter.add('draft_layer_work', (amount * own.layer) / whole.layer);
      else if (work.has(`draft_${counter}`)) meter.add(`draft_${counter}`, amount);
      if (counter === 'passes') meter.add('draft_pass_work', (amount * own.all) / whole.all);
    },
    peak(counter, value) {
      if (work.has(`draft_${counter}`)) meter.peak(`draft_${counter}`, value);
    },
    tally: () => undefined,
    call: () => undefined,
  };
}
