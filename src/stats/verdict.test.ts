import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
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
  it.each([
    ['not by the difference', [0.88, 1.04], [-20, -1], 'not shown'],
    ['though the difference is not clear', [0.88, 0.99], [-20, 1], 'better'],
  ] as const)('a time is judged by its ratio, %s', (_, ratio, difference, verdict) => {
    const given = evidence([...ratio], { difference: interval(difference[0], difference[1]) });
    expect(verdictOf(given, { ...time, margin: 0 })).toBe(verdict);
  });
  it('never calls better, worse or different what has no effect within the interval of its scale', () => {
    const [scales, directions] = [['ratio', 'difference'] as const, ['more', 'less', 'neither'] as const];
    const ends = (from: number, to: number) =>
      fc
        .tuple(fc.double({ min: from, max: to, noNaN: true }), fc.double({ min: from, max: to, noNaN: true }))
        .map(([a, b]) => interval(Math.min(a, b), Math.max(a, b)));
    const given = fc.record({
      ...{ ratio: ends(0.5, 2), difference: ends(-1, 1), n: fc.constant(24), differing: fc.constant(24) },
      p: fc.double({ min: 0, max: 0.1, noNaN: true }),
    });
    const rules = fc.record({
      ...{ scale: fc.constantFrom(...scales), better: fc.constantFrom(...directions) },
      margin: fc.constantFrom(0, 0.02, 0.05),
    });
    fc.assert(
      fc.property(given, rules, (seen, rule) => {
        const verdict = verdictOf(seen, rule);
        if (!['better', 'worse', 'different'].includes(verdict)) return;
        const { low, high } = seen[rule.scale];
        const neutral = rule.scale === 'ratio' ? 1 : 0;
        expect(low > neutral || high < neutral, `${verdict} with [${low}, ${high}]`).toBe(true);
        if (rule.better !== 'neither')
          expect(verdict).toBe(low > neutral === (rule.better === 'more') ? 'better' : 'worse');
      }),
      { numRuns: 2000, seed: 11 },
    );
  });
  it('has its limits and its words in docs/statistics.md', () => {
    const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'statistics.md'), 'utf8');
    expect(page).toContain(`fewer than ${fewestSamples} samples`);
    expect(page).toContain(`fewer than ${fewestDiffering} samples differ`);
    for (const verdict of ['better', 'worse', 'different', 'equivalent', 'no difference shown', 'too few samples'])
      expect(page).toContain(`\`${verdict}\``);
  });
});
