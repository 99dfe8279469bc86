/** Models that the formula for working memory (src/engine/working-bytes.ts) is held against. */
import type { LocalEngine } from '../../src/engine/index.ts';
import type { Layout } from '../../src/engine/matrix.ts';
import type { RandomModel } from './random-model.ts';

export { type PromptOptions, promptBytes } from '../../src/engine/working-bytes.ts';

const layoutsOf = (engine: LocalEngine) => engine.facts().weights as Record<Layout, number>;
export const isSplit = (engine: LocalEngine) => layoutsOf(engine).split > 0;
/** AMX pads products, and their rows then lie apart: its sums were not compared. */
export const isPadded = (engine: LocalEngine) => layoutsOf(engine).AMX > 0;

const small = { type: 'Q8_0', vocabulary: 512 };
/** The proportions of known models, at a fraction of their size. */
export const memoryModels: Readonly<Record<string, RandomModel>> = {
  'smollm3 like SmolLM3-3B': {
    ...small,
    architecture: 'smollm3',
    width: 128,
    heads: 8,
    kvHeads: 2,
    headSize: 16,
    feedForward: 704,
  },
  'qwen2 like Qwen2-0.5B': {
    ...small,
    architecture: 'qwen2',
    width: 224,
    heads: 14,
    kvHeads: 2,
    headSize: 16,
    feedForward: 1216,
    layers: 2,
  },
};
