/** The real model these tests want: `TTCBENCH_MODEL`, or smollm2-135m in the user's cache folder. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import envPaths from 'env-paths';

const candidates = [
  process.env.TTCBENCH_MODEL,
  join(envPaths('ttcbench', { suffix: '' }).cache, 'models', 'smollm2-135m.gguf'),
];

export const modelFile = candidates.find((path) => path !== undefined && existsSync(path));

if (!modelFile) {
  console.warn('SKIPPED: no smollm2-135m; run `ttcbench models pull smollm2-135m` or set TTCBENCH_MODEL');
}
