import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Evidence, fewestDiffering, fewestSamples, type Rules, verdictOf } from './verdict.ts';

const interval = (low: number, high: number) => ({ mean: (low + high) / 2, low, high });
const time: Rules = { better: 'less', margin: 0.05, scale: 'ratio' };
const score: Rules = { better: 'more', margin: 0.02, scale: 'difference', bounded: true };
const evidence = (ratio: [number, number], rest: Partial<Evidence> = {}): Evidence => ({
  ...{ n: 24, differing: 24, p: 0.01 },
  difference: interval(100 * (ratio[0] - 1), 100 * (ratio[1] - 1)),
  ratio: interval(...ratio),
  ...rest,
});
const scored = (low: number, high: number, rest: Partial<Evidence> = {}) =>
  evidence([1, 1], { difference: interval(low, high), ...rest });

describe('verdictOf', () => {
  it.each([
    ['clearly faster', evidence([0.6, 0.7]), time, 'better'],
    ['clearly slower', evidence([1.2, 1.4]), time, 'worse'],
    ['within 5 %', evidence([0.97, 1.02]), time, 'equivalent'],
    ['shown, but within the margin: it does not matter', evidence([0.97, 0.99]), time, 'equivalent'],
    ['wide', evidence([0.8, 1.3]), time, 'not shown'],
    ['the interval says so, the corrected p does not', evidence([0.8, 0.9], { p: 0.07 }), time, 'not shown'],
    ['p says so, the interval does not', evidence([0.8, 1.01]), time, 'not shown'],
    ['nineteen samples', evidence([0.6, 0.7], { n: 19 }), time, 'too few'],
    ['no direction is better', evidence([0.6, 0.7]), { ...time, better: 'neither' }, 'different'],
    ['a better score', scored(0.05, 0.2), score, 'better'],
    ['a worse score', scored(-0.2, -0.05), score, 'worse'],
    ['a score within 0.02', scored(-0.01, 0.01), score, 'equivalent'],
    [
      'a lossy policy: no difference in 24 samples proves no 2 %',
      scored(0, 0, { differing: 0, p: 1 }),
      score,
      'too few',
    ],
    ['in 150 samples it does', scored(0, 0, { n: 150, differing: 0, p: 1 }), score, 'equivalent'],
    ['an exact policy', scored(0, 0, { differing: 0, p: 1 }), { ...score, exact: true }, 'equivalent'],
    [
      'no ratio, and nothing differs',
      evidence([1, 1], { ratio: { mean: null, low: null, high: null } }),
      time,
      'equivalent',
    ],
    [
      'no ratio, and something differs',
      evidence([0.99, 0.995], { ratio: { mean: null, low: null, high: null } }),
      time,
      'better',
    ],
  ] as const)('%s', (_, given, rules, verdict) => {
    expect(verdictOf(given, rules)).toBe(verdict);
  });
  it('has its limits and its words in docs/statistics.md', () => {
    const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'statistics.md'), 'utf8');
    expect(page).toContain(`fewer than ${fewestSamples} samples`);
    expect(page).toContain(`fewer than ${fewestDiffering} samples differ`);
    for (const verdict of ['better', 'worse', 'different', 'equivalent', 'not shown', 'too few'])
      expect(page).toContain(`\`${verdict}\``);
  });
});
