/** Any server that speaks OpenAI's chat API. */
import type { BackendConfig } from '../core/index.ts';
import { type ApiBackend, type ApiOptions, type ApiProfile, openApiBackend } from './api-backend.ts';
import type { BackendHooks, OpenBackend } from './backend-entry.ts';
import { openApi } from './open-api.ts';

const openai: ApiProfile = { name: 'openai', baseUrl: 'https://api.openai.com/v1', keyVariable: 'OPENAI_API_KEY' };

/**
 * Errors: `E_ARGUMENT` (base URL), `E_API_KEY`, `E_CONNECT`, `E_MODEL` (names those that exist), and what probes of a
 * broken server raise. One line and one sentence of help each.
 */
export const openOpenAiBackend = (options: ApiOptions): Promise<ApiBackend> => openApiBackend(options, openai);

export const openOpenAi = (config: BackendConfig, hooks: BackendHooks): Promise<OpenBackend> =>
  openApi(config, hooks, openOpenAiBackend);
