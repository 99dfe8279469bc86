/** The models of random weights that are held against llama.cpp, and the tokens they read. */
import { tensorTypes } from '../../src/engine/tensor-types.ts';
import type { RandomModel } from './random-model.ts';

const types = [...tensorTypes.values()].map(({ name }) => name);
const architectures = ['llama', 'qwen2', 'qwen3', 'smollm3'] as const;
const special: Record<string, RandomModel> = {
  'llama as Q4_K_M': { architecture: 'llama', type: 'Q4_K', mixed: 'Q6_K', untied: true },
  'llama with frequency factors': { architecture: 'llama', type: 'Q8_0', factors: true, untied: true },
  'llama with biases': { architecture: 'llama', type: 'Q8_0', biases: true },
  'qwen3 with heads of 128': { architecture: 'qwen3', type: 'Q4_0', headSize: 128 },
  'llama with one query head per KV head': { architecture: 'llama', type: 'Q8_0', kvHeads: 4 },
  'llama with outputs in steps of 256': { architecture: 'llama', type: 'Q4_1', heads: 8, kvHeads: 4, width: 512 },
};

/** Every architecture in every type, and shapes that take other ways through the graph. */
export const randomModels: readonly (readonly [string, RandomModel])[] = [
  ...architectures.flatMap((architecture) =>
    types.map((type): [string, RandomModel] => [`${architecture} ${type}`, { architecture, type }]),
  ),
  ...Object.entries(special),
];

export const someIds = (count: number, from: number) =>
  Array.from({ length: count }, (_, i) => ((from + i) * 197 + 31) % 512);
/** What follows a prompt, one by one. */
export const steps = someIds(24, 100);
