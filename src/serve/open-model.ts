/** Opens a model with a policy as something that can be served. */
import { findAnyVariant, openVariant, paramsOf } from '../assembly/open-variant.ts';
import { openGgmlBackend } from '../backends/ggml.ts';
import { isFile, plainText, TtcError } from '../core/index.ts';
import { openGguf } from '../engine/gguf.ts';
import { readShape } from '../engine/shape.ts';
import { createTokenizer } from '../engine/tokenizer.ts';
import { type ResolveOptions, resolveModel } from '../models/index.ts';
import { type ServedModel, toolFormatOf } from './served-model.ts';

export interface OpenModelOptions extends Pick<ResolveOptions, 'offline' | 'signal' | 'onProgress' | 'onNote'> {
  /** Name or path. */
  model: string | null;
  /** A variant, `a+b`, or the path of a module. @default the baseline */
  policy?: string | undefined;
  /** Its parameters; in a composition under the names of its members. */
  params?: Record<string, unknown>;
  /** Answers that run at a time. */
  slots: number;
  /** Most KV slots of all answers together; a larger one runs alone. */
  batchTokens: number;
  threads: number | 'auto';
  prefill?: 'flash' | 'exact' | undefined;
}

export interface OpenedModel extends ServedModel, AsyncDisposable {
  facts(): Promise<Record<string, unknown>>;
  /** Of the engine's process. */
  pid(): number | undefined;
}

const batch = 'elastic_batch_greedy';

/**
 * Milliseconds without a word of the engine after a client left: no others must lose their answers where one pass takes
 * long, as on a machine that is busy with something else.
 */
const abortGrace = 60_000;

/**
 * The policy's calls share passes (continuous batching) unless it decides that itself.
 * @throws what opening the model or the policy throws
 */
export async function openModel(options: OpenModelOptions): Promise<OpenedModel> {
  const { model: wanted, threads, prefill, offline, signal = new AbortController().signal } = options;
  const variant = await variantOf(options);
  const model = await resolveModel(wanted, options);
  using gguf = openGguf(model.path);
  const shape = readShape(gguf);
  const tokenizer = createTokenizer(gguf.metadata);
  const { path, sha256 } = model;
  const backend = await openGgmlBackend({ model: model.name, path, sha256, threads, prefill, signal, abortGrace });
  try {
    const generate = await openVariant(backend, variant.name, variant.params, noKit, signal, {
      offline: offline ?? false,
    });
    await generate.ready?.(signal);
    return {
      name: plainText(model.name, 200),
      generate,
      identity: `${backend.identity} ${variant.name} ${JSON.stringify(variant.params)}`,
      tokenizer,
      contextLength: shape.contextLength,
      slots: options.slots,
      tools: toolFormatOf(tokenizer),
      predicts: variant.predicts,
      policy: variant.name,
      pid: backend.pid,
      facts: async () => (await backend.facts?.()) ?? {},
      async [Symbol.asyncDispose]() {
        await generate[Symbol.asyncDispose]?.();
        await backend[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await backend[Symbol.asyncDispose]();
    throw error;
  }
}

/** Of client realisations, which an engine has none of. */
const noKit = { count: () => 0 };

async function variantOf({ policy = 'baseline', params = {}, slots, batchTokens }: OpenModelOptions) {
  const found = await findAnyVariant(policy);
  if (!found.policy.engine)
    throw new TtcError('E_NO_REALISATION', `${policy} has no engine realisation`, { help: 'serve another policy' });
  const decides = found.policy.engine.decides?.(paramsOf(found, params, policy)) ?? ['steps'];
  const isBaseline = found.policy.name === 'baseline';
  const predicts = isBaseline || !decides.includes('steps');
  // A module cannot be composed: its calls run one at a time in the engine, in turn.
  if (isFile(policy) || decides.includes('passes'))
    return { name: policy, params, predicts: predicts && !isFile(policy) };
  const batching = { slots, max_batch_tokens: batchTokens };
  if (isBaseline) return { name: batch, params: batching, predicts };
  const members = policy.includes('+') ? params : { [policy]: params };
  return { name: `${batch}+${policy}`, params: { [batch]: batching, ...members }, predicts };
}
