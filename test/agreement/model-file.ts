/** The real model these tests want: `TTCBENCH_MODEL`, or the default model of the store where it was pulled. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, catalogue, defaultModel } from '../../src/models/index.ts';

const entry = catalogue.find(({ name }) => name === defaultModel);
const candidates = [process.env.TTCBENCH_MODEL, join(cacheFolder(), 'models', entry?.file ?? defaultModel)];

export const modelFile = candidates.find((path) => path !== undefined && existsSync(path));

if (!modelFile) {
  console.warn(`SKIPPED: no ${defaultModel}; run \`ttcbench models pull ${defaultModel}\` or set TTCBENCH_MODEL`);
}
