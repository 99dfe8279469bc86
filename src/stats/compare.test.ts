import { describe, expect, it } from 'vitest';
import { createRandom } from '../core/index.ts';
import { compare } from './compare.ts';
import { holm } from './holm.ts';
import { standardDeviation } from './moments.ts';
import { type Observation, pairBySample } from './pairs.ts';
import { samplesToShow } from './power.ts';
import { quantiles } from './quantile.ts';

const observe = (...rows: [string, number, number][]): Observation[] =>
  rows.map(([sample, repeat, value]) => ({ sample, repeat, value }));

describe('pairBySample', () => {
  it('averages the repeats of a sample, so that n is the number of samples', () => {
    const policy = observe(['a', 0, 1], ['a', 1, 3], ['b', 0, 5]);
    const baseline = observe(['b', 0, 1], ['a', 1, 10], ['a', 0, 20]);
    expect(pairBySample(policy, baseline)).toEqual({
      values: Float64Array.of(2, 5),
      baseline: Float64Array.of(15, 1),
      units: ['a', 'b'],
    });
  });
  it('leaves out what has no twin and what is no number', () => {
    const policy = observe(['a', 0, Number.NaN], ['b', 0, 1], ['c', 0, 2], ['d', 1, 3]);
    const baseline = observe(['a', 0, 1], ['b', 0, Number.POSITIVE_INFINITY], ['c', 0, 5], ['d', 0, 3]);
    expect(pairBySample(policy, baseline).values).toEqual(Float64Array.of(2));
  });
});

describe('compare', () => {
  it('does not depend on the order in which trials finished', () => {
    const policy = observe(['a', 0, 1], ['b', 0, 4], ['c', 0, 2], ['d', 0, 7]);
    const baseline = observe(['a', 0, 2], ['b', 0, 3], ['c', 0, 5], ['d', 0, 9]);
    const run = (a: Observation[], b: Observation[]) => compare(a, b, createRandom(3), 'ratio');
    expect(run(policy.toReversed(), baseline)).toEqual(run(policy, baseline.toReversed()));
  });
  it('is not fooled by repeats: twice the same trials tell nothing new', () => {
    const policy = observe(['a', 0, 1], ['b', 0, 4], ['c', 0, 2], ['d', 0, 7], ['e', 0, 3]);
    const baseline = policy.map((entry, i) => ({ ...entry, value: entry.value + (i % 3) }));
    const again = (entries: Observation[]) => [...entries, ...entries.map((entry) => ({ ...entry, repeat: 1 }))];
    const once = compare(policy, baseline, createRandom(3), 'ratio');
    expect(compare(again(policy), again(baseline), createRandom(3), 'ratio')).toEqual(once);
    expect(once.n).toBe(5);
  });
  it('has neither p nor interval without pairs', () => {
    expect(compare([], observe(['a', 0, 1]), createRandom(1), 'ratio')).toMatchObject({ n: 0, p: null });
  });
});

describe('holm', () => {
  it("gives the values of R's p.adjust", () => {
    // p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")
    expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02]);
  });
  it('stays below 1, and skips tests that were not made', () => {
    expect(holm([null, 0.9, 0.8, null])).toEqual([null, 1, 1, null]);
    expect(holm([])).toEqual([]);
  });
});

describe('small mechanisms', () => {
  it('quantiles are those of numpy.quantile', () => {
    // np.quantile([7, 1, 3, 15, 4], [0, .25, .5, .95, .99, 1])
    const found = quantiles([7, 1, 3, 15, 4], [0, 0.25, 0.5, 0.95, 0.99, 1]);
    [1, 3, 4, 13.4, 14.68, 15].forEach((wanted, i) => {
      expect(found[i]).toBeCloseTo(wanted, 12);
    });
    expect(quantiles([2], [0.99])).toEqual([2]);
    expect(quantiles([], [0.5])).toEqual([Number.NaN]);
  });
  it('the standard deviation of large numbers keeps its digits', () => {
    expect(standardDeviation([1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16])).toBeCloseTo(Math.sqrt(30), 12);
    expect(standardDeviation([1])).toBeNaN();
  });
  it('samplesToShow is the sample size of a paired t test', () => {
    // statsmodels 0.15.0, TTestPower().solve_power(effect_size, alpha=.05, power=.8): 33.37, 198.15, 9.94, rounded up.
    expect([samplesToShow(0.5, 1), samplesToShow(0.2, 1), samplesToShow(1, 1)]).toEqual([34, 199, 10]);
    expect([samplesToShow(0, 1), samplesToShow(0.05, Number.NaN)]).toEqual([null, null]);
  });
});
