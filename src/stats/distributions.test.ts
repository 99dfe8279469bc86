import { describe, expect, it } from 'vitest';
import { normalDistribution, normalQuantile, studentQuantile } from './distributions.ts';

// Reference: scipy 1.17.1, `stats.norm.ppf(p)` and `stats.t.ppf(p, df)`.
const normal: [number, number][] = [
  [0.5, 0],
  [0.8, 0.8416212335729143],
  [0.975, 1.959963984540054],
  [0.99, 2.3263478740408408],
  [1e-3, -3.090232306167813],
  [1e-10, -6.361340902404056],
  [1e-100, -21.273453560965322],
  [0.9999999, 5.199337582290661],
];
const student: Record<number, [number, number, number]> = {
  1: [1.3763819204711738, 12.706204736174694, 63.656741162871526],
  2: [1.0606601717798214, 4.302652729749462, 9.924843200918287],
  3: [0.9784723123633042, 3.1824463052837078, 5.840909309733355],
  4: [0.9409645772351816, 2.7764451051977934, 4.604094871349992],
  5: [0.9195437802408271, 2.5705818356363146, 4.032142983555228],
  9: [0.8834038596855346, 2.262157162798205, 3.249835541592126],
  19: [0.8609505502689286, 2.0930240544083087, 2.8609346064649794],
  23: [0.8575295536880356, 2.0686576104190486, 2.807335683769999],
  49: [0.8490183985380773, 2.0095752371292392, 2.679951973631552],
  1000: [0.8419808221624288, 1.9623390808264083, 2.580754698065951],
};
const near = (found: number, wanted: number, relative: number) =>
  expect(Math.abs(found - wanted)).toBeLessThanOrEqual(relative * Math.max(1, Math.abs(wanted)));

describe('normalQuantile', () => {
  it('agrees with the reference from the centre to the far tail', () => {
    for (const [probability, wanted] of normal) near(normalQuantile(probability), wanted, 1e-14);
  });
  it('is infinite at the ends and undefined outside', () => {
    expect([normalQuantile(0), normalQuantile(1)]).toEqual([-Infinity, Infinity]);
    expect([normalQuantile(-0.1), normalQuantile(Number.NaN)]).toEqual([Number.NaN, Number.NaN]);
  });
});

describe('studentQuantile', () => {
  it('agrees with the reference for few and many degrees of freedom', () => {
    for (const [freedom, wanted] of Object.entries(student))
      [0.8, 0.975, 0.995].forEach((probability, i) => {
        near(studentQuantile(probability, Number(freedom)), wanted[i] as number, 1e-8);
      });
  });
  it('is undefined without degrees of freedom', () => {
    expect(studentQuantile(0.975, 0)).toBeNaN();
  });
});

describe('normalDistribution', () => {
  it('is the inverse of the quantile, and agrees with the reference', () => {
    // scipy 1.17.1: stats.norm.cdf([-2.1131583, 0, 1.959963984540054])
    near(normalDistribution(0), 0.5, 1e-15);
    near(normalDistribution(1.959963984540054), 0.975, 1e-14);
    near(normalDistribution(normalQuantile(0.0173)), 0.0173, 1e-14);
  });
});
