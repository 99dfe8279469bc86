import { type BackendHooks, backendNamed, type OpenBackend } from '../backends/index.ts';
import type { BackendConfig } from '../core/index.ts';

export type { BackendHooks, OpenBackend };

/** The configured backend; a missing model is downloaded first. @throws E_BACKEND for a name that no backend has */
export async function openBackend(config: BackendConfig, hooks: BackendHooks): Promise<OpenBackend> {
  const opened = await backendNamed(config.name).open(config, hooks);
  return config.as === undefined ? opened : { ...opened, backend: { ...opened.backend, name: config.as } };
}
