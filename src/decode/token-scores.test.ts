/** Against the chain's own probabilities: −ln p, and −Σ p ln p. */
import { describe, expect, it } from 'vitest';
import { createToyEngine } from '../../test/support/toy-engine.ts';
import { createMeter } from '../core/index.ts';
import { tokenScores } from './token-scores.ts';

const target = [
  [0.5, 0.25, 0.25],
  [0.1, 0.1, 0.8],
  [0, 1, 0],
];
/** Letters a, b, c are the tokens 0, 1, 2. */
const chain = createToyEngine({ target, early: target });
const engine = {
  ...chain,
  tokenizer: { ...chain.tokenizer, encode: (text: string) => [...text].map((letter) => letter.charCodeAt(0) - 97) },
};
const context = () => ({ signal: new AbortController().signal, meter: createMeter() });
const entropyOf = (row: readonly number[]) => -row.reduce((sum, p) => sum + (p > 0 ? p * Math.log(p) : 0), 0);

describe('scores of tokens', () => {
  it.each(['abcba', 'a', '', 'c'.repeat(3)])('of %j are those of the distributions before each token', async (text) => {
    const scores = await tokenScores(engine, text, context());
    expect(scores.map((score) => score.text).join('')).toBe(text);
    for (const [at, { surprisal, entropy }] of scores.entries()) {
      const [before, own] = [text.charCodeAt(at - 1) - 97, text.charCodeAt(at) - 97];
      const row = at === 0 ? undefined : (target[before] as number[]);
      expect(surprisal).toBeCloseTo(row ? -Math.log(row[own] as number) : Number.POSITIVE_INFINITY, 5);
      expect(entropy).toBeCloseTo(row ? entropyOf(row) : Number.POSITIVE_INFINITY, 5);
    }
  });
});
