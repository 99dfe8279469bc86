import { samples, tiny8 } from '../../test/agreement/bench.ts';
import { describeBits } from '../../test/agreement/bits.ts';
import { createEngine } from './index.ts';

const longest = [...samples].sort((a, b) => b.prompt_ids.length - a.prompt_ids.length)[0] as (typeof samples)[number];

for (const prefill of ['flash', 'exact'] as const) {
  describeBits(`tiny8, prefill ${prefill}`, () => createEngine(tiny8, { prefill }), longest.prompt_ids, 0.02);
}
