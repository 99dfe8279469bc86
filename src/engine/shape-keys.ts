/**
 * Metadata that changes what a model says and that the graph does not honour. A file with such a key is refused by the
 * key's name: other logits, silently, would be worse. Each key has values at which it changes nothing.
 */
import type { Metadata } from './gguf.ts';

type Neutral = (value: unknown, model: Neutrals) => boolean;

/** What the values of some keys are compared with. */
export interface Neutrals {
  headSize: number;
  epsilon: number;
  ropeBase: number;
  /** Every n-th layer does without rotation; 0 where all rotate. */
  unrotatedStep: number;
}

const number = (value: unknown): number => (typeof value === 'boolean' ? Number(value) : Number(value ?? Number.NaN));
const near = (value: unknown, wanted: number): boolean => Math.abs(number(value) - wanted) <= 1e-6 * Math.abs(wanted);

const zero: Neutral = (value) => number(value) === 0;
const one: Neutral = (value) => number(value) === 1;
const zeroOrOne: Neutral = (value) => number(value) === 0 || number(value) === 1;
const off: Neutral = (value) => value === false || value === '' || number(value) === 0;
const offOrBelow: Neutral = (value) => number(value) <= 0;
const zeros: Neutral = (value) => Array.isArray(value) && value.every((item) => number(item) === 0);

/** Key without the architecture's name → when it changes nothing. */
const keys: Readonly<Record<string, Neutral>> = {
  // scales of what flows through the model
  logit_scale: zeroOrOne,
  residual_scale: zeroOrOne,
  embedding_scale: zeroOrOne,
  activation_sparsity_scale: off,
  // attention
  'attention.scale': (value, { headSize }) => zero(value, {} as Neutrals) || near(value, 1 / Math.sqrt(headSize)),
  'attention.output_scale': zeroOrOne,
  'attention.value_scale': zeroOrOne,
  'attention.clamp_kqv': offOrBelow,
  'attention.max_alibi_bias': zero,
  'attention.temperature_length': zero,
  'attention.temperature_scale': zeroOrOne,
  'attention.layer_norm_epsilon': (value, { epsilon }) => near(value, epsilon),
  'attention.sliding_window_pattern': off,
  'attention.shared_kv_layers': zero,
  'attention.chunk_size': zero,
  'attention.q_lora_rank': zero,
  'attention.kv_lora_rank': zero,
  'attention.relative_buckets_count': zero,
  attn_logit_softcapping: zero,
  final_logit_softcapping: zero,
  // rotation
  'rope.scaling.attn_factor': one,
  'rope.scaling.yarn_log_multiplier': zero,
  'rope.scaling.yarn_ext_factor': offOrBelow,
  'rope.scaling.yarn_attn_factor': one,
  'rope.scaling.alpha': zeroOrOne,
  'rope.freq_base_swa': (value, { ropeBase }) => near(value, ropeBase),
  'rope.dimension_sections': zeros,
  // the order of things
  use_parallel_residual: off,
  swin_norm: off,
  no_rope_layer_step: (value, { unrotatedStep }) => number(value) === unrotatedStep,
  no_rope_layer_interval: (value, { unrotatedStep }) => number(value) === unrotatedStep,
  interleave_moe_layer_step: zeroOrOne,
  nextn_predict_layers: zero,
};

/** Keys of attention and rotation that the graph honours, that `readShape` checks itself, or that only say something. */
const known = new Set([
  'attention.head_count',
  'attention.head_count_kv',
  'attention.key_length',
  'attention.value_length',
  'attention.layer_norm_rms_epsilon',
  'attention.causal',
  'attention.sliding_window',
  'rope.dimension_count',
  'rope.freq_base',
  'rope.scale_linear',
  'rope.scaling.type',
  'rope.scaling.factor',
  // only YaRN uses these, and it is refused
  'rope.scaling.original_context_length',
  'rope.scaling.finetuned',
  'rope.scaling.yarn_beta_fast',
  'rope.scaling.yarn_beta_slow',
]);

/** Any other key of these families is refused unless it is off: nobody can say that it changes nothing. */
const families = /^(?:attention|rope|ssm|wkv|altup|laurel|swin|convnext)\.|(?:_scale|softcapping|residual)$/;

/** The keys of the architecture that would change what the model says, as `name = value`. */
export function unhonouredKeys(metadata: Metadata, architecture: string, model: Neutrals): string[] {
  const prefix = `${architecture}.`;
  return Object.entries(metadata).flatMap(([key, value]) => {
    if (!key.startsWith(prefix)) return [];
    const name = key.slice(prefix.length);
    const neutral = Object.hasOwn(keys, name) ? keys[name] : undefined;
    if (neutral ? neutral(value, model) : known.has(name) || !families.test(name) || off(value, model)) return [];
    return [`${key} = ${Array.isArray(value) ? `[${value.slice(0, 8).join(', ')}]` : String(value).slice(0, 40)}`];
  });
}
