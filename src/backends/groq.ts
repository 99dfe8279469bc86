/** Groq's API: its models, what became of the older ones, and settings that are pinned so that runs can be compared. */
import { prices, providers } from '../client/index.ts';
import type { BackendConfig } from '../core/index.ts';
import { type ApiBackend, type ApiOptions, type ApiProfile, openApiBackend } from './api-backend.ts';
import type { BackendHooks, OpenBackend } from './backend-entry.ts';
import { openApi } from './open-api.ts';

const small = 'openai/gpt-oss-20b';

/** Documentation and SDK disagree on defaults: what is always sent cannot change without a run's knowledge. */
const efforts: readonly (readonly [model: RegExp, effort: string])[] = [
  [/^openai\/gpt-oss/, 'medium'],
  [/^qwen\/qwen3\.8/, 'none'],
];

function withdrawn(model: string): string | undefined {
  const known = prices.find((price) => price.provider === 'groq' && price.model === model && price.withdrawn);
  return known && `: it was withdrawn on ${known.withdrawn}`;
}

const groq: ApiProfile = {
  name: 'groq',
  baseUrl: 'https://api.groq.com/openai/v1',
  keyVariable: 'GROQ_API_KEY',
  quirks: providers.groq,
  defaultModel: (ids) => (ids.includes(small) ? small : ids[0]),
  fastModel: (ids, model) => (model !== small && ids.includes(small) ? small : undefined),
  aboutMissing: withdrawn,
  extraFor(model) {
    const effort = efforts.find(([pattern]) => pattern.test(model))?.[1];
    return effort === undefined ? {} : { reasoning_effort: effort };
  },
};

/** Errors: as those of `openOpenAiBackend`. */
export const openGroqBackend = (options: ApiOptions): Promise<ApiBackend> => openApiBackend(options, groq);

export const openGroq = (config: BackendConfig, hooks: BackendHooks): Promise<OpenBackend> =>
  openApi(config, hooks, openGroqBackend);
