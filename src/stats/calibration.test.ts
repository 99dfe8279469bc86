import { describe, expect, it } from 'vitest';
import { createRandom } from '../core/index.ts';
import { type Claim, calibrationOf } from './calibration.ts';

const claims = (...rows: [confidence: number, right: number, wrong: number][]): Claim[] =>
  rows.flatMap(([confidence, right, wrong]) => [
    ...new Array<Claim>(right).fill({ confidence, right: true }),
    ...new Array<Claim>(wrong).fill({ confidence, right: false }),
  ]);

describe('calibrationOf', () => {
  it('is 0 where as many are right as were promised, bin by bin', () => {
    expect(calibrationOf(claims([0.75, 3, 1], [0.25, 1, 3])).error).toBe(0);
  });

  it('weighs each bin by its size: (4 · |.5 − .9| + 6 · |1 − .8|) / 10', () => {
    const found = calibrationOf(claims([0.95, 2, 2], [0.85, 6, 0]));
    expect(found.count).toBe(10);
    expect(found.right).toBeCloseTo(0.8, 12);
    expect(found.confidence).toBeCloseTo((4 * 0.95 + 6 * 0.85) / 10, 12);
    expect(found.error).toBeCloseTo((4 * 0.45 + 6 * 0.15) / 10, 12);
  });

  it('does not let bins make up for each other, as the two means would', () => {
    const found = calibrationOf(claims([0.9, 5, 5], [0.5, 9, 1]));
    expect(found.right - found.confidence).toBeCloseTo(0, 12);
    expect(found.error).toBeCloseTo(0.4, 12);
  });

  it('takes a confidence of 1 into the last bin, and nothing for nothing', () => {
    expect(calibrationOf(claims([1, 3, 1])).error).toBeCloseTo(0.25, 12);
    expect(calibrationOf([])).toEqual({ count: 0, confidence: 0, right: 0, error: 0 });
  });

  it('of honest claims is small: 20,000 draws that are right as often as they say', () => {
    const random = createRandom(2);
    const honest = Array.from({ length: 20_000 }, () => {
      const confidence = random();
      return { confidence, right: random() < confidence };
    });
    expect(calibrationOf(honest).error).toBeLessThan(0.02);
    expect(
      calibrationOf(honest.map(({ confidence, right }) => ({ confidence: Math.sqrt(confidence), right }))).error,
    ).toBeGreaterThan(0.1);
  });
});
