import { describe, it } from 'vitest';
import { createEngine } from '../../src/engine/index.ts';
import { describeBits } from './bits.ts';
import { modelFile } from './model-file.ts';

const text = `The Amazon river is the largest river in the world by discharge volume of water. It flows through Peru,
Colombia and Brazil. The river basin covers about 7 million square kilometres. Many species of fish live in the river,
including the piranha and the arapaima. The rainforest around the river holds about ten percent of all known species in
the world. Along its banks live farmers, fishers and traders; their boats carry fruit, rubber, timber and mail from the
foothills of the Andes down to the Atlantic, a journey of several weeks in the dry season and of a few days in a flood.`;

if (modelFile) {
  const path = modelFile;
  const engine = await createEngine(path);
  const prompt = engine.tokenizer.encode(text);
  await engine[Symbol.asyncDispose]();
  for (const [prefill, ways] of [
    ['flash', []],
    ['exact', []],
    ['flash', ['first']],
    ['flash', ['single']],
  ] as const) {
    const name = ['smollm2-135m', `prefill ${prefill}`, ...ways].join(', ');
    describeBits(name, () => createEngine(path, { prefill, ways }), prompt, 1.5);
  }
} else
  describe('smollm2-135m', () =>
    it.skip('SKIPPED: smollm2-135m is not pulled (ttcbench models pull)', () => undefined));
