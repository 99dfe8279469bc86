import { expect, it } from 'vitest';
import { didYouMean, nearest } from './nearest.ts';

it.each([
  ['sede', ['seed', 'slots'], 'seed'],
  ['qualty', ['latency', 'quality'], 'quality'],
  ['rogue', ['exact_match', 'rouge'], 'rouge'],
  ['early_exit', ['baseline', 'early_exit_28'], 'early_exit_28'],
  ['top-k', ['top_k', 'top_p'], 'top_k'],
])('%s among %j is a slip of the pen', (name, known, meant) => {
  expect(didYouMean(name, known)).toBe(`; did you mean ${meant}?`);
});

it.each([
  ['extra', ['id', 'prompt', 'reference', 'stop', 'max_tokens']],
  ['x', ['y']],
  ['foo', ['bar', 'baz']],
  ['a'.repeat(50), ['seed']],
])('%s is not near to any of %j', (name, known) => {
  expect(nearest(name, known)).toBeUndefined();
});
