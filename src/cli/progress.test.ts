import { expect, it } from 'vitest';
import { timeLeft } from './progress.ts';

it.each([
  [0.2, '0 s'],
  [89, '89 s'],
  [210, '3.5 min'],
  [9300, '2.6 h'],
])('%d seconds are %s', (seconds, words) => {
  expect(timeLeft(seconds)).toBe(words);
});
