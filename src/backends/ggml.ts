/** Our own engine over ggml, in its child process. */
import { type Backend, type BackendConfig, type Generate, hash } from '../core/index.ts';
import { createHostProxy } from '../host/proxy.ts';
import { resolveModel } from '../models/index.ts';
import type { BackendHooks, OpenBackend } from './backend-entry.ts';

export interface GgmlOptions {
  /** Name that stands in cells and tables. */
  model: string;
  path: string;
  sha256: string;
  threads: number | 'auto';
  prefill?: 'flash' | 'exact' | undefined;
  /** Most KV slots that a sequence may hold. @default no limit */
  kvSlots?: number | undefined;
  /** Tokens of a prompt that run in one pass. @default 256 */
  chunk?: number | undefined;
  /** Keeps the newest prompt for what the next one shares with it. @default false */
  prefixCache?: boolean | undefined;
  /** More variables of the model's chat template. */
  chatVariables?: Readonly<Record<string, unknown>> | undefined;
  reasoning?: 'drop' | 'keep' | undefined;
  /** Ends a start of the engine. */
  signal?: AbortSignal | undefined;
  /** Milliseconds that a call which is left may take to stop, before the engine's process is ended for it. @default 10000 */
  abortGrace?: number | undefined;
}

/** As the configuration says; a missing model is downloaded first. */
export async function openGgml(config: BackendConfig, hooks: BackendHooks): Promise<OpenBackend> {
  const { offline, signal, onDownload: onProgress, onNote, onModel } = hooks;
  const model = await resolveModel(config.model, { offline, signal, onProgress, onNote });
  onModel?.(model);
  const { threads, prefill, kvSlots, chunk, prefixCache, chatVariables, reasoning } = config;
  const { name, path, sha256, bytes } = model;
  const options = { threads, prefill, kvSlots, chunk, prefixCache, chatVariables, reasoning, signal };
  const backend = await openGgmlBackend({ model: name, path, sha256, ...options });
  return { backend, model: { name, sha256, bytes } };
}

export async function openGgmlBackend(
  options: GgmlOptions,
): Promise<Backend & { realise: NonNullable<Backend['realise']>; pid(): number | undefined }> {
  const { path: modelPath, prefill = 'flash', chatVariables, reasoning, prefixCache, signal, abortGrace } = options;
  const { sha256, threads, kvSlots, chunk } = options;
  const settings = { modelPath, sha256, threads, prefill, kvSlots, chunk, prefixCache, chatVariables, reasoning };
  const proxy = createHostProxy(settings, { signal, ...(abortGrace !== undefined && { abortGrace }) });
  const { identity } = await proxy.ready();
  const isPlain = Object.keys(chatVariables ?? {}).length === 0;
  // Another prompt of the same messages is another run.
  const variables = isPlain ? '' : ` template:${hash(chatVariables)}`;
  // Answers are the same with a prefix cache, bills are not: trials of both kinds are no trials of one run.
  let baseline: Promise<Generate & AsyncDisposable> | undefined;
  return {
    name: 'ggml',
    kind: 'engine',
    model: options.model,
    identity: `${identity} sha256:${options.sha256}${reasoning === 'keep' ? ' reasoning kept' : ''}${prefixCache ? ' prefix cache' : ''}${variables}`,
    capabilities: new Set(['prefill', 'usage', 'engine']),
    async *generate(call, context) {
      baseline ??= proxy.realise({ name: 'baseline' }, {});
      yield* (await baseline)(call, context);
    },
    realise: proxy.realise,
    encode: proxy.encode,
    facts: async () => (await proxy.ready()).facts,
    pid: proxy.pid,
    [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose](),
  };
}
