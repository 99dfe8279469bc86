import { type BackendHooks, backendNamed, type OpenBackend } from '../backends/index.ts';
import type { BackendConfig } from '../core/index.ts';

export type { BackendHooks, OpenBackend };

/** The configured backend; a missing model is downloaded first. @throws E_BACKEND for a name that no backend has */
export const openBackend = (config: BackendConfig, hooks: BackendHooks): Promise<OpenBackend> =>
  backendNamed(config.name).open(config, hooks);
