import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { randomModel } from '../../test/agreement/random-model.ts';
import type { Value } from '../../test/agreement/write-gguf.ts';
import { some } from '../../test/support/depth.ts';
import { scriptedModel } from '../../test/support/scripted-model.ts';
import { openGguf } from './gguf.ts';
import { readShape } from './shape.ts';

/** Reads the shape of a small llama file with these keys more. */
function shapeWith(keys: Record<string, Value>, bytes?: Buffer) {
  const folder = mkdtempSync(join(tmpdir(), 'ttcbench-keys-'));
  try {
    const path = join(folder, 'm.gguf');
    const metadata = Object.fromEntries(Object.entries(keys).map(([key, value]) => [`llama.${key}`, value]));
    writeFileSync(
      path,
      bytes ?? scriptedModel({ tokens: [['<|im_end|>', 3]], chains: [], eos: '<|im_end|>', metadata }),
    );
    using gguf = openGguf(path);
    return readShape(gguf);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('keys that change what a model says', () => {
  it.each<[string, Value]>([
    ['attention.scale', { float32: 0.5 }],
    ['logit_scale', { float32: 0.25 }],
    ['residual_scale', { float32: 0.5 }],
    ['embedding_scale', { float32: 3 }],
    ['rope.scaling.attn_factor', { float32: 1.7 }],
    ['rope.scaling.yarn_ext_factor', { float32: 1 }],
    ['rope.scaling.yarn_attn_factor', { float32: 1.2 }],
    ['rope.scaling.yarn_log_multiplier', { float32: 0.1 }],
    ['rope.scaling.factor', { float32: 4 }],
    ['rope.scale_linear', { float32: 2 }],
    ['rope.freq_base_swa', { float32: 500 }],
    ['attention.clamp_kqv', { float32: 0.3 }],
    ['attention.max_alibi_bias', { float32: 8 }],
    ['attn_logit_softcapping', { float32: 1 }],
    ['final_logit_softcapping', { float32: 1 }],
    ['router_logit_softcapping', { float32: 1 }],
    ['use_parallel_residual', { bool: true }],
    ['attention.sliding_window', { uint32: 512 }],
    ['attention.temperature_length', { uint32: 2 }],
    ['attention.temperature_scale', { float32: 3 }],
    ['no_rope_layer_step', { uint32: 2 }],
    ['attention.layer_norm_epsilon', { float32: 0.5 }],
    ['swin_norm', { bool: true }],
    ['rope.dimension_sections', { int32s: [8, 4, 4, 0] }],
    ['attention.something_new', { float32: 2 }],
    ['rope.something_new', { strings: ['x'] }],
    ['something_new_scale', { float32: 2 }],
  ])('refuses %s by name', (key, value) => {
    expect(() => shapeWith({ [key]: value })).toThrow(
      expect.objectContaining({
        code: 'E_GGUF',
        message: expect.stringMatching(/llama\.|rope scaling factor|sliding-window/),
      }),
    );
  });

  it.each<[string, Value]>([
    ['attention.scale', { float32: 1 / Math.sqrt(32) }],
    ['attention.scale', { float32: 0 }],
    ['logit_scale', { float32: 1 }],
    ['residual_scale', { float32: 0 }],
    ['rope.scaling.attn_factor', { float32: 1 }],
    ['rope.scaling.type', { string: 'none' }],
    ['rope.scaling.factor', { float32: 1 }],
    ['rope.scaling.original_context_length', { uint32: 256 }],
    ['rope.scaling.finetuned', { bool: true }],
    ['rope.freq_base_swa', { float32: 10_000 }],
    ['attention.clamp_kqv', { float32: -1 }],
    ['attn_logit_softcapping', { float32: 0 }],
    ['use_parallel_residual', { bool: false }],
    ['attention.sliding_window', { uint32: 4096 }],
    ['attention.layer_norm_epsilon', { float32: 1e-5 }],
    ['rope.dimension_sections', { int32s: [0, 0, 0, 0] }],
    ['vocab_size', { uint32: 257 }],
    ['expert_count', { uint32: 0 }],
    ['attention.something_new', { bool: false }],
    ['something_new', { float32: 2 }],
  ])('takes %s %j, which changes nothing', (key, value) => {
    expect(shapeWith({ [key]: value }).layers).toBe(2);
  });

  it.each(some(['llama', 'qwen2', 'qwen3', 'smollm3'] as const, 2))('finds none in a file of %s', (architecture) => {
    expect(shapeWith({}, randomModel({ architecture, type: 'F32' })).architecture).toBe(architecture);
  });
});
