import type { Timeouts } from '../client/deadline.ts';
import type { TransportStats } from '../client/transport.ts';
import { asksServer } from '../config/index.ts';
import type { Backend, BackendConfig, Generate, Prices } from '../core/index.ts';
import { TtcError } from '../core/index.ts';
import type { Progress, ResolvedModel } from '../models/index.ts';

export interface OpenBackend {
  backend: Backend;
  /** What is known of the model, for `run.json`. */
  model: Record<string, unknown>;
  /** Of a chat API, where they are known. */
  prices?: Prices | undefined;
  /** Another model of the same server. */
  another?: ((model: string) => Generate) | undefined;
  /** Opens sockets ahead, so that the first trials do not pay for them. */
  warm?: ((sockets: number) => Promise<void>) | undefined;
  /** Requests and opened sockets so far. */
  connections?: (() => TransportStats) | undefined;
}

export interface BackendHooks {
  offline: boolean;
  record?: string | null;
  /** Of the phases of a call, in milliseconds. */
  timeouts?: Partial<Timeouts>;
  signal?: AbortSignal;
  onDownload?(progress: Progress): void;
  /** Why a source of the model was left. */
  onNote?(sentence: string): void;
  onModel?(model: ResolvedModel): void;
}

/** The configured backend; a missing model is downloaded first. A backend is a file and a line here. */
export async function openBackend(config: BackendConfig, hooks: BackendHooks): Promise<OpenBackend> {
  if (config.name === 'ggml') return openGgml(config, hooks);
  if (asksServer(config.name)) return openApi(config, hooks);
  if (config.name === 'replay') return openReplay(config);
  throw new TtcError('E_NOT_BUILT', `the backend ${config.name} is not in this version yet`, { help: 'use ggml' });
}

async function openGgml(config: BackendConfig, hooks: BackendHooks): Promise<OpenBackend> {
  const [{ resolveModel }, { openGgmlBackend }] = await Promise.all([
    import('../models/index.ts'),
    import('../backends/ggml.ts'),
  ]);
  const model = await resolveModel(config.model, {
    offline: hooks.offline,
    signal: hooks.signal,
    onProgress: hooks.onDownload,
    onNote: hooks.onNote,
  });
  hooks.onModel?.(model);
  const { name, path, sha256, bytes } = model;
  const backend = await openGgmlBackend({
    model: name,
    path,
    sha256,
    threads: config.threads,
    prefill: config.prefill,
    kvSlots: config.kvSlots,
    signal: hooks.signal,
  });
  return { backend, model: { name, sha256, bytes } };
}

async function openApi(config: BackendConfig, hooks: BackendHooks): Promise<OpenBackend> {
  const { cacheFolder } = await import('../models/index.ts');
  const options = {
    model: config.model,
    baseUrls: config.baseUrls,
    apiKeyEnv: config.apiKeyEnv,
    cacheFolder: cacheFolder(),
    ...(hooks.timeouts && { timeouts: hooks.timeouts }),
    ...(hooks.record && { record: hooks.record }),
    ...(hooks.signal && { signal: hooks.signal }),
  };
  const backend =
    config.name === 'groq'
      ? await (await import('../backends/groq.ts')).openGroqBackend(options)
      : await (await import('../backends/openai.ts')).openOpenAiBackend(options);
  const { model, prices, another, warm, connections } = backend;
  return { backend, model: { name: model, ...(prices && { prices }) }, prices, another, warm, connections };
}

async function openReplay(config: BackendConfig): Promise<OpenBackend> {
  if (config.model === null) {
    throw new TtcError('E_ARGUMENT', 'replay needs a recording', { help: 'name it with --model FILE' });
  }
  const { openReplayBackend } = await import('../backends/replay.ts');
  const backend = await openReplayBackend({ cassette: config.model });
  return { backend, model: { name: backend.model } };
}
