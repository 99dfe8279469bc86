import type { Call, Context, EndPart, EndReason, Engine, Mark, Prefill, Sequence, TextPart } from '../core/index.ts';
import { now, TtcError, usesTools } from '../core/index.ts';
import { createEmitter } from './emit.ts';
import { createLikelihoods } from './likelihoods.ts';
import { prefill } from './prefill.ts';
import { promptIds } from './prompt.ts';
import { createSampler, type Sampler } from './sampling.ts';

export type { Prefill } from '../core/index.ts';

/** A call whose prompt is in the cache and whose first token is picked. Dispose it to free the sequence. */
export interface Started extends Disposable {
  readonly sequence: Sequence;
  readonly sampler: Sampler;
  readonly promptLength: number;
  /** Prompt and every token picked so far. The newest stands at position `history.length − 1`, not yet in the cache. */
  readonly history: number[];
  readonly first: number;
  /** Ids that became part of the answer: without an end token, and without what was picked behind an end or a stop. */
  readonly delivered: number;
  /** Picks from one row of logits and appends to the history. */
  pick(logits: Float32Array): number;
  /** Appends a token that was chosen otherwise and spends its random number, so that those of later tokens stay. */
  append(id: number, logits: Float32Array): void;
  /** The text of picked ids; nothing once the answer ended or while a stop string may be in the making. */
  emit(ids: readonly number[], marks?: readonly Mark[]): TextPart | undefined;
  /** The end, stamped now, once an end token, a stop string or the token limit was reached. */
  ended(): EndPart | undefined;
}

const plainPrefill: Prefill = async (engine, sequence, ids, read, context) => {
  const { prefix } = engine;
  if (!prefix) return prefill(engine, sequence, ids, {}, read);
  const known = await prefix.fill(sequence, ids);
  context.meter.add('cached_prompt_tokens', known);
  const first = await prefill(engine, sequence, ids.slice(known), {}, read);
  prefix.keep(sequence, ids);
  return first;
};

/**
 * Tokenises, opens a sequence, fills the cache and picks the first token: what every decode loop begins with.
 * @param capacity KV slots to open, of the prompt's length. @default prompt and answer
 */
export async function start(
  engine: Engine,
  call: Call,
  context: Context,
  fill: Prefill = engine.filling?.fill ?? plainPrefill,
  capacity: (promptLength: number) => number = (promptLength) =>
    engine.filling?.capacity?.(promptLength, call.maxTokens) ?? promptLength + call.maxTokens,
): Promise<Started> {
  context.signal.throwIfAborted();
  if (usesTools(call) && !call.template)
    throw new TtcError('E_CAPABILITY', 'the engine takes no tools', { help: 'ask for them in plain text' });
  const ids = promptIds(engine.tokenizer, call, call.template);
  if (ids.length + call.maxTokens > engine.model.contextLength) {
    throw new TtcError(
      'E_CONTEXT',
      `prompt of ${ids.length} tokens and answer of up to ${call.maxTokens} exceed the context of ${engine.model.contextLength}`,
      { help: 'lower --max-tokens or use shorter samples' },
    );
  }
  context.meter.add('prompt_tokens', ids.length);
  const sampler = createSampler(call);
  const emitter = createEmitter(engine.tokenizer, call);
  const sequence = engine.open(capacity(ids.length), context);
  try {
    const history = [...ids];
    const likely = createLikelihoods(engine.tokenizer, call.logprobs);
    const pick = (logits: Float32Array): number => {
      const id = sampler.pick(logits, history);
      history.push(id);
      likely.note(id, logits);
      return id;
    };
    const append = (id: number, logits: Float32Array): void => {
      if (!sampler.greedy) sampler.random();
      history.push(id);
      likely.note(id, logits);
    };
    const first = await fill(engine, sequence, ids, (output) => pick(output.logits), context);
    let reason: EndReason | undefined;
    return {
      sequence,
      sampler,
      promptLength: ids.length,
      history,
      first,
      get delivered() {
        return emitter.count;
      },
      pick,
      append,
      emit(picked, marks) {
        if (reason) return undefined;
        const { part, ended } = emitter.step(picked, marks, likely.take(picked.length));
        reason = ended;
        return part;
      },
      ended: () => reason && { type: 'end', at: now(), reason },
      [Symbol.dispose]: () => sequence[Symbol.dispose](),
    };
  } catch (error) {
    sequence[Symbol.dispose]();
    throw error;
  }
}
