import { samples, tiny8 } from '../../test/agreement/bench.ts';
import { describeBits } from '../../test/agreement/bits.ts';
import { createEngine } from './index.ts';

const longest = [...samples].sort((a, b) => b.prompt_ids.length - a.prompt_ids.length)[0] as (typeof samples)[number];

// A model as small as this multiplies all rows of a pass together unless it is told otherwise.
for (const [prefill, ways] of [
  ['flash', []],
  ['exact', ['single']],
] as const) {
  const name = ['tiny8', `prefill ${prefill}`, ...ways].join(', ');
  describeBits(name, () => createEngine(tiny8, { prefill, ways }), longest.prompt_ids, 0.02);
}
