/**
 * Small models that say what they are told: their logits are a table "token → next token". The residual stream carries
 * the one-hot embedding of the last token through layers of zeros, and the head maps it to the token that follows.
 */
import { characters, spell } from '../../src/engine/tokenizer-alphabet.ts';
import { type Tensor, type Value, writeGguf } from '../agreement/write-gguf.ts';

export interface ScriptedModel {
  /** Tokens after the 256 bytes: text and type number of GGUF. */
  tokens: readonly (readonly [string, number])[];
  /** Each token of a chain is followed by the next; a text stands for its bytes unless it is a token of its own. */
  chains: readonly (readonly string[])[];
  template?: string;
  eos?: string;
  bos?: string;
  merges?: readonly string[];
  /** The file has no list of types. */
  untyped?: boolean;
  metadata?: Record<string, Value>;
}

export const chatml = `{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\\n' + m['content'] + '<|im_end|>' + '\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}`;

function floats(length: number, at: readonly number[] = []): Uint8Array {
  const values = new Float32Array(length);
  for (const index of at) values[index] = 1;
  return new Uint8Array(values.buffer);
}

/** The GGUF file. */
export function scriptedModel(model: ScriptedModel): Buffer {
  const { tokens: extra, chains, template, eos, bos, merges = ['a b'], untyped = false, metadata = {} } = model;
  const tokens = [...characters, ...extra.map(([text]) => text)];
  const types = [...characters.map(() => 1), ...extra.map(([, type]) => type)];
  const idOf = (text: string) => tokens.lastIndexOf(text);
  const idsOf = (text: string) => (extra.some(([token]) => token === text) ? [idOf(text)] : [...spell(text)].map(idOf));
  const rows = tokens.length;
  const width = Math.ceil(rows / 64) * 64;
  const successors: number[] = [];
  for (const chain of chains) {
    const ids = chain.flatMap(idsOf);
    for (const [index, id] of ids.slice(1).entries()) successors.push(id * width + (ids[index] as number));
  }
  const tensors: Tensor[] = [];
  const add = (name: string, dimensions: number[], bytes: Uint8Array) =>
    tensors.push({ name, dimensions, type: 0, bytes });
  const ones = () => new Uint8Array(new Float32Array(width).fill(1).buffer);
  const zeros = (name: string, inputs: number, outputs: number) =>
    add(name, [inputs, outputs], floats(inputs * outputs));
  add(
    'token_embd.weight',
    [width, rows],
    floats(
      rows * width,
      tokens.map((_, id) => id * width + id),
    ),
  );
  add('output_norm.weight', [width], ones());
  add('output.weight', [width, rows], floats(rows * width, successors));
  for (const layer of [0, 1]) {
    const name = (suffix: string) => `blk.${layer}.${suffix}.weight`;
    add(name('attn_norm'), [width], ones());
    add(name('ffn_norm'), [width], ones());
    zeros(name('attn_q'), width, 64);
    zeros(name('attn_k'), width, 32);
    zeros(name('attn_v'), width, 32);
    zeros(name('attn_output'), 64, width);
    zeros(name('ffn_gate'), width, 64);
    zeros(name('ffn_up'), width, 64);
    zeros(name('ffn_down'), 64, width);
  }
  return writeGguf(
    {
      'general.architecture': { string: 'llama' },
      'llama.block_count': { uint32: 2 },
      'llama.context_length': { uint32: 2048 },
      'llama.embedding_length': { uint32: width },
      'llama.feed_forward_length': { uint32: 64 },
      'llama.attention.head_count': { uint32: 2 },
      'llama.attention.head_count_kv': { uint32: 1 },
      'llama.attention.key_length': { uint32: 32 },
      'llama.attention.value_length': { uint32: 32 },
      'llama.attention.layer_norm_rms_epsilon': { float32: 1e-5 },
      'llama.rope.dimension_count': { uint32: 32 },
      'tokenizer.ggml.model': { string: 'gpt2' },
      'tokenizer.ggml.pre': { string: 'smollm' },
      'tokenizer.ggml.tokens': { strings: tokens },
      ...(!untyped && { 'tokenizer.ggml.token_type': { int32s: types } }),
      'tokenizer.ggml.merges': { strings: merges },
      ...(eos !== undefined && { 'tokenizer.ggml.eos_token_id': { uint32: idOf(eos) } }),
      ...(bos !== undefined && { 'tokenizer.ggml.bos_token_id': { uint32: idOf(bos) } }),
      ...(template !== undefined && { 'tokenizer.chat_template': { string: template } }),
      ...metadata,
    },
    tensors,
  );
}
