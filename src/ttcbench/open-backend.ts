import type { Backend, BackendConfig } from '../core/index.ts';
import { TtcError } from '../core/index.ts';
import type { Progress, ResolvedModel } from '../models/index.ts';

export interface OpenBackend {
  backend: Backend;
  /** What is known of the model, for `run.json`. */
  model: Record<string, unknown>;
}

export interface BackendHooks {
  offline: boolean;
  signal?: AbortSignal;
  onDownload?(progress: Progress): void;
  /** Why a source of the model was left. */
  onNote?(sentence: string): void;
  onModel?(model: ResolvedModel): void;
}

/** The configured backend; a missing model is downloaded first. A backend is a file and a line here. */
export async function openBackend(config: BackendConfig, hooks: BackendHooks): Promise<OpenBackend> {
  if (config.name === 'ggml') return openGgml(config, hooks);
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
  });
  return { backend, model: { name, sha256, bytes } };
}
