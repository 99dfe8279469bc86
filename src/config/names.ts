/** Every name a user may write, built or not: what is known is decided here, what is built by the registries. */

const speculation = { lookahead_tokens: 4, acceptance_threshold: 0.6 };
const pruning = {
  top_p: 0.9,
  min_tokens: 10,
  from_layer: null,
  window: null,
  sinks: 4,
  score_layers: 1,
  stages: 1,
};
const exit = {
  of_layers: 32,
  confidence_threshold: 0.8,
  confidence: 'max',
  kv: 'propagate',
  shortlist: 0,
  verify_eos: true,
};
const kvBudget = { keep: 'snapkv', sinks: 4, recent: null, window: 32, evict: 'always' };
const batching = { slots: 8, max_batch_tokens: 2048, repack: true };

/** Variant → its parameters with their defaults. `null` = derived from model or prompt. */
export const knownVariants: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  baseline: {},
  speculative_decoding: { ...speculation, threshold_mode: 'controller', draft: 'ngram', draft_model: null },
  speculative_decoding_layers: { ...speculation, threshold_mode: 'draft-gate', draft_layers: null },
  dynamic_pruning_top_p: pruning,
  dynamic_pruning_entropy: { ...pruning, entropy_threshold: 2, entropy_unit: 'nats', count: 'gate' },
  early_exit_28: { exit_layer: 28, ...exit },
  early_exit_32: { exit_layer: 32, ...exit },
  adaptive_kv_static: { ratio: 0.8, budget: null, ...kvBudget },
  adaptive_kv_cosine: { ratio_max: 1, ratio_min: 0.6, axis: 'layer', steps: null, ...kvBudget },
  elastic_batch_greedy: batching,
  elastic_batch_sorted: { ...batching, buckets: null, predict: 'mean', max_overtaken: 16 },
};

/** Benchmark → what it is; `standIn` is what runs where it has no data. */
export const knownBenchmarks: Readonly<Record<string, { about: string; standIn?: string }>> = {
  crmarena: { about: 'CRMArena, from a path of your own', standIn: 'crm-synth' },
  'crm-synth': { about: 'questions over records of a made-up organisation' },
  worfbench: { about: 'WorfBench workflow plans, from a path of your own', standIn: 'worf-synth' },
  'worf-synth': { about: 'made-up workflow plans' },
  extract: { about: '24 prompts that copy, edit or quote' },
  'tiny-crm': { about: 'the questions that come with the model tiny8' },
};

export const knownBackends = ['ggml', 'groq', 'openai', 'replay'] as const;
export type BackendName = (typeof knownBackends)[number];

/** Those that ask a server over the network. */
export const asksServer = (backend: string): boolean => backend === 'groq' || backend === 'openai';

/** A benchmark of the user's own is named by its file, a policy of the user's own by its module. */
export const isFile = (name: string): boolean => /[/\\]|\.(jsonl?|m?[jt]s)$/i.test(name);

/** Variants of a composition; a module of the user's own stands alone. */
export const membersOf = (name: string): string[] =>
  isFile(name) ? [name] : name.split('+').map((member) => member.trim());
