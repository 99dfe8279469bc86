import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../core/index.ts';
import { compare, judge, type Rules } from '../stats/index.ts';
import { scoreText, timeText } from './cell-text.ts';
import type { VsBaseline } from './report-types.ts';

const observe = (values: readonly number[]) => values.map((value, i) => ({ sample: String(i), repeat: 0, value }));

/** What the report says of heavy-tailed pairs: 24 samples, the policy `factor` times as slow, margin 0. */
function compareDrawn(seed: number, factor: number, scale: Rules['scale']): VsBaseline {
  const random = createRandom(seed);
  const exponential = () => -Math.log(1 - random());
  const base = Array.from({ length: 24 }, () => exponential() ** 2);
  const values = base.map((value) => factor * value * (0.5 + exponential()));
  const comparison = compare(observe(values), observe(base), random, scale);
  const verdict = judge(comparison, comparison.p, { better: 'less', margin: 0, scale });
  return { ...comparison, p_holm: comparison.p, p_table: null, exploratory: true, verdict, samples_to_show: null };
}

/** The two ends of `0.66 [0.63, 0.68] better`, as a reader reads them. */
function printedEnds(text: string): [number, number] {
  const [low, high] = (/\[(.*), (.*)\]/.exec(text) as RegExpExecArray)
    .slice(1)
    .map((end) => Number(end.replace('−', '-').replace('±', '')));
  return [low as number, high as number];
}

describe('cell text', () => {
  it('claims no end of an interval beyond a hundredfold', () => {
    const ratio = { mean: 10.8, low: 0.0048, high: 7_587_254_380 };
    const comparison = { ...compareDrawn(1, 1, 'ratio'), ratio, verdict: 'too few' } as VsBaseline;
    expect(timeText(comparison)).toBe('10.8 [<0.01, >100] too few samples');
  });

  it.each([
    ['ratio', 1, timeText],
    ['difference', 0, scoreText],
  ] as const)('prints no %s whose interval holds %d beside better or worse', (scale, noEffect, textOf) => {
    let shown = 0;
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 31 }),
        fc.double({ min: 0.2, max: 1.2, noNaN: true }),
        (seed, factor) => {
          const comparison = compareDrawn(seed, factor, scale);
          if (comparison.verdict !== 'better' && comparison.verdict !== 'worse') return;
          shown++;
          const text = textOf(comparison);
          const [low, high] = printedEnds(text);
          expect(comparison.verdict === 'better' ? high < noEffect : low > noEffect, text).toBe(true);
        },
      ),
      { numRuns: 200, seed: 5 },
    );
    expect(shown).toBeGreaterThan(25);
  });
  it('gives an end that is close to no effect the digits it needs, and only beside a verdict', () => {
    const comparison = compareDrawn(1, 1, 'ratio');
    const near = (verdict: VsBaseline['verdict']): VsBaseline => ({
      ...comparison,
      verdict,
      ratio: { mean: 0.95, low: 0.9, high: 0.9982 },
      difference: { mean: -0.2, low: -0.4, high: -0.0003 },
    });
    expect([timeText(near('better')), timeText(near('not shown'))]).toEqual([
      '0.95 [0.90, 0.998] better',
      '0.95 [0.90, 1.00] no difference shown',
    ]);
    expect(scoreText(near('worse'))).toBe('−0.200 [−0.400, −0.0003] worse');
  });
});
