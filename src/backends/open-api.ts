/** From a run's configuration to an opened API backend. */
import type { BackendConfig } from '../core/index.ts';
import { cacheFolder } from '../models/index.ts';
import type { ApiBackend, ApiOptions } from './api-backend.ts';
import type { BackendHooks, OpenBackend } from './backend-entry.ts';

export async function openApi(
  { model, fastModel: faster, baseUrls, apiKeyEnv, cache = 'cold', reasoning, extra, omit }: BackendConfig,
  { timeouts, record, signal, onNote }: BackendHooks,
  open: (options: ApiOptions) => Promise<ApiBackend>,
): Promise<OpenBackend> {
  const backend = await open({
    model,
    baseUrls,
    apiKeyEnv,
    cache,
    cacheFolder: cacheFolder(),
    ...(faster && { fastModel: faster }),
    ...(reasoning && { reasoning }),
    ...(extra && { extra }),
    ...(omit && { omit }),
    ...(onNote && { onNote }),
    ...(timeouts && { timeouts }),
    ...(record && { record }),
    ...(signal && { signal }),
  });
  const { model: name, prices, room, another, fastModel, warm, connections, adapted, scrub } = backend;
  const about = { name, ...(prices && { prices }) };
  return { backend, model: about, prices, room, another, fastModel, warm, connections, adapted, scrub };
}
