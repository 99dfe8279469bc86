/** How servers that speak OpenAI's chat API differ, as data. Sources and grades of evidence: docs/api-backends.md. */
import type { Sampling } from '../core/index.ts';

export interface Provider {
  name: string;
  /** Host names (suffixes) by which the provider is known. */
  hosts: readonly string[];
  maxTokensField: 'max_completion_tokens' | 'max_tokens';
  /** `ask`: usage comes only with `stream_options.include_usage`. */
  usage: 'always' | 'ask';
  /** How an answer is continued: a last assistant message alone, with a flag on the call, with one on the message, or not. */
  prefill: 'append' | 'continue_final_message' | 'prefix' | 'none';
  /** A continued answer begins with its given start once more: it is left out. */
  echoesPrefill?: boolean;
  logprobs: 'openai' | 'integer' | 'none';
  tools: 'openai' | 'none';
  seedField: 'seed' | 'random_seed' | 'none';
  samplingFields: Partial<Record<keyof Sampling, string>>;
  maxStops: number;
  /** More `stream_options`. */
  streamOptions?: Record<string, unknown>;
  /** More body fields that only buy knowledge: exact ids, server timings. */
  extra?: Record<string, unknown>;
  /** What `x-ratelimit-limit-requests` counts. */
  requestWindow: 'minute' | 'day';
  /** The field by which a request does without the server's cache of prompts: switched off, or salted so that nothing is found. */
  cold?: { field: string; by: 'off' | 'salt' };
  /** Path of a tokenizer, relative to the server's root. */
  tokenizePath?: string;
  /** Path of the chat template; or the tokenizer takes messages by itself. Absent: nobody says how long a prompt is. */
  templatePath?: string | 'tokenizer';
  /** Path of what the server says of its context, relative to its root, and the field that has it. */
  context?: readonly [path: string, field: string];
  /** Path of what the server says of its version, relative to its root, and the field that has it. */
  version?: readonly [path: string, field: string];
  keyEnv?: string;
}

const topP = { topP: 'top_p' } as const;
const open = { ...topP, topK: 'top_k', minP: 'min_p', repetitionPenalty: 'repetition_penalty' } as const;

const generic: Provider = {
  name: 'generic',
  hosts: [],
  maxTokensField: 'max_tokens',
  usage: 'ask',
  prefill: 'append',
  logprobs: 'openai',
  tools: 'openai',
  seedField: 'seed',
  samplingFields: topP,
  maxStops: 4,
  requestWindow: 'minute',
};

export const providers = {
  generic,
  groq: {
    ...generic,
    name: 'groq',
    hosts: ['api.groq.com'],
    maxTokensField: 'max_completion_tokens',
    logprobs: 'none',
    requestWindow: 'day',
    keyEnv: 'GROQ_API_KEY',
  },
  openai: {
    ...generic,
    name: 'openai',
    hosts: ['api.openai.com'],
    maxTokensField: 'max_completion_tokens',
    prefill: 'none',
    streamOptions: { include_obfuscation: false },
    keyEnv: 'OPENAI_API_KEY',
  },
  vllm: {
    ...generic,
    name: 'vllm',
    maxTokensField: 'max_completion_tokens',
    prefill: 'continue_final_message',
    samplingFields: open,
    maxStops: 16,
    extra: { return_token_ids: true },
    streamOptions: { continuous_usage_stats: true },
    cold: { field: 'cache_salt', by: 'salt' },
    tokenizePath: '/tokenize',
    templatePath: 'tokenizer',
    version: ['/version', 'version'],
  },
  sglang: {
    ...generic,
    name: 'sglang',
    prefill: 'continue_final_message',
    samplingFields: open,
    maxStops: 16,
    version: ['/get_server_info', 'version'],
  },
  'llama.cpp': {
    ...generic,
    name: 'llama.cpp',
    samplingFields: { ...open, repetitionPenalty: 'repeat_penalty' },
    maxStops: 16,
    cold: { field: 'cache_prompt', by: 'off' },
    tokenizePath: '/tokenize',
    templatePath: '/apply-template',
    context: ['/props', 'default_generation_settings.n_ctx'],
    version: ['/props', 'build_info'],
  },
  /** `ttcbench serve` (docs/serve.md). */
  ttcbench: {
    ...generic,
    name: 'ttcbench',
    maxTokensField: 'max_completion_tokens',
    samplingFields: open,
    maxStops: 16,
    extra: { return_token_ids: true },
    streamOptions: { continuous_usage_stats: true },
    cold: { field: 'cache_prompt', by: 'off' },
    tokenizePath: '/tokenize',
    templatePath: 'tokenizer',
  },
  ollama: { ...generic, name: 'ollama', version: ['/api/version', 'version'] },
  'lm-studio': { ...generic, name: 'lm-studio', samplingFields: { ...open, repetitionPenalty: 'repeat_penalty' } },
  tgi: { ...generic, name: 'tgi' },
  cerebras: {
    ...generic,
    name: 'cerebras',
    hosts: ['api.cerebras.ai'],
    maxTokensField: 'max_completion_tokens',
    usage: 'always',
    prefill: 'none',
    requestWindow: 'day',
    keyEnv: 'CEREBRAS_API_KEY',
  },
  fireworks: {
    ...generic,
    name: 'fireworks',
    hosts: ['api.fireworks.ai'],
    samplingFields: open,
    extra: { perf_metrics_in_response: true },
    keyEnv: 'FIREWORKS_API_KEY',
  },
  together: {
    ...generic,
    name: 'together',
    hosts: ['api.together.xyz', 'api.together.ai'],
    usage: 'always',
    logprobs: 'integer',
    samplingFields: open,
    keyEnv: 'TOGETHER_API_KEY',
  },
  deepinfra: { ...generic, name: 'deepinfra', hosts: ['api.deepinfra.com'], keyEnv: 'DEEPINFRA_API_KEY' },
  deepseek: {
    ...generic,
    name: 'deepseek',
    hosts: ['api.deepseek.com'],
    prefill: 'prefix',
    keyEnv: 'DEEPSEEK_API_KEY',
  },
  mistral: {
    ...generic,
    name: 'mistral',
    hosts: ['api.mistral.ai'],
    usage: 'always',
    prefill: 'prefix',
    logprobs: 'none',
    seedField: 'random_seed',
    keyEnv: 'MISTRAL_API_KEY',
  },
} satisfies Record<string, Provider>;

export type ProviderName = keyof typeof providers;

/** `owned_by` of a listed model, by which self-hosted servers give themselves away. */
const owners: Record<string, ProviderName> = {
  ttcbench: 'ttcbench',
  vllm: 'vllm',
  sglang: 'sglang',
  llamacpp: 'llama.cpp',
  library: 'ollama',
  organization_owner: 'lm-studio',
};

/** The provider behind a base URL: by its host, else by what its list of models says of itself. */
export function providerOf(hostname: string, ownedBy: readonly string[] = []): Provider {
  const known = Object.values(providers).find((provider: Provider) =>
    provider.hosts.some((host) => hostname === host || hostname.endsWith(`.${host}`)),
  );
  if (known) return known;
  const owner = ownedBy.map((name) => owners[name]).find((name) => name !== undefined);
  return owner ? providers[owner] : generic;
}
