/**
 * The registry of backends: one entry each, and nothing else in the code knows their names. Their own code loads when
 * one is opened, so `--help` and the configuration can read this list at no cost.
 */
import type { BackendKind } from '../core/backend.ts';
import { TtcError } from '../core/error.ts';
import { didYouMean } from '../core/nearest.ts';
import type { BackendEntry } from './backend-entry.ts';

export type { BackendEntry, BackendHooks, OpenBackend } from './backend-entry.ts';

const call = ['model', 'max_tokens', 'temperature'];
const server = [
  ...['fast_model', 'base_url', 'api_key_env', 'concurrency', 'rps', 'arrivals'],
  ...['requests_per_second', 'requests_per_minute', 'tokens_per_minute'],
  ...['prompt_cache', 'reasoning', 'extra', 'omit'],
  ...['connect_timeout', 'first_token_timeout', 'gap_timeout'],
];

export const backends: readonly BackendEntry[] = [
  {
    name: 'ggml',
    kind: 'engine',
    about: 'our engine',
    section: [
      ...call,
      'threads',
      'prefill',
      'prompt_chunk',
      'prefix_cache',
      'kv_slots',
      'reasoning',
      'chat_template_kwargs',
    ],
    open: async (config, hooks) => (await import('./ggml.ts')).openGgml(config, hooks),
  },
  {
    name: 'groq',
    kind: 'api',
    about: "Groq's chat API",
    section: [...call, ...server],
    keyVariable: 'GROQ_API_KEY',
    open: async (config, hooks) => (await import('./groq.ts')).openGroq(config, hooks),
  },
  {
    name: 'openai',
    kind: 'api',
    about: 'any compatible server',
    section: [...call, ...server],
    keyVariable: 'OPENAI_API_KEY',
    open: async (config, hooks) => (await import('./openai.ts')).openOpenAi(config, hooks),
  },
  {
    name: 'replay',
    kind: 'replay',
    about: 'a recorded run',
    section: ['model'],
    open: async (config) => (await import('./replay.ts')).openReplay(config),
  },
];

export const backendNames = backends.map(({ name }) => name);

/** What an unknown name most likely is: a manifest of another version, or a slip in a program. */
export function backendNamed(name: string): BackendEntry {
  const found = backends.find((backend) => backend.name === name);
  if (found) return found;
  throw new TtcError('E_BACKEND', `there is no backend ${JSON.stringify(name)}${didYouMean(name, backendNames)}`, {
    help: `backends: ${backendNames.join(', ')}`,
  });
}

export const kindOf = (name: string): BackendKind => backendNamed(name).kind;
