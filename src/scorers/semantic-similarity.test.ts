import { describe, expect, it } from 'vitest';
import { createSimilarity } from './semantic-similarity.ts';

/** Directions in the plane by the angle that a text names, in degrees. */
function plane(capacity?: number) {
  const asked: string[][] = [];
  const similarity = createSimilarity(
    'plane',
    async (texts) => {
      asked.push([...texts]);
      return texts.map((text) => {
        const angle = (Number(text) * Math.PI) / 180;
        return Float32Array.of(Math.cos(angle), Math.sin(angle));
      });
    },
    capacity,
  );
  return { similarity, asked };
}

function expectClose(row: readonly number[] | undefined, cosines: readonly number[]): void {
  expect(row).toHaveLength(cosines.length);
  for (const [i, cosine] of cosines.entries()) expect(row?.[i]).toBeCloseTo(cosine, 6);
}

describe('similarity by an encoder', () => {
  it('is the cosine of every pair, rows first', async () => {
    const { similarity } = plane();
    const [first, second] = await similarity(['0', '90'], ['60', '180', '0']);
    expectClose(first, [0.5, -1, 1]);
    expectClose(second, [Math.sqrt(3) / 2, 0, 0]);
    expect(similarity.encoder).toBe('plane');
  });

  it('of a text with itself is 1, and no rounding goes beyond', async () => {
    const { similarity } = plane();
    const angles = Array.from({ length: 360 }, (_, angle) => `${angle}`);
    for (const [i, row] of (await similarity(angles, angles)).entries()) {
      expect(row[i]).toBe(1);
      for (const cosine of row) expect(Math.abs(cosine)).toBeLessThanOrEqual(1);
    }
  });

  it('encodes a text once, whichever side and call it comes in', async () => {
    const { similarity, asked } = plane();
    await similarity(['10', '20', '10'], ['20']);
    await similarity(['30'], ['10']);
    await similarity(['20'], ['30']);
    expect(asked).toEqual([['10', '20'], ['30']]);
  });

  it('forgets what was not used for longest, and is right all the same', async () => {
    const { similarity, asked } = plane(2);
    await similarity(['0'], ['10']);
    await similarity(['0'], ['20']);
    await similarity(['10'], ['0']);
    expect(asked.flat()).toEqual(['0', '10', '20', '10']);
    const [row] = await similarity(['0'], ['0', '30', '60', '90']);
    expectClose(row, [1, Math.sqrt(3) / 2, 0.5, 0]);
  });

  it('of nothing asks nobody', async () => {
    const { similarity, asked } = plane();
    expect(await similarity([], [])).toEqual([]);
    expect(await similarity(['0'], [])).toEqual([[]]);
    expect(asked).toEqual([['0']]);
  });

  it('that failed is asked for again', async () => {
    let fails = true;
    const similarity = createSimilarity('shaky', async (texts) => {
      if (fails) throw new Error('no');
      return texts.map(() => Float32Array.of(1));
    });
    await expect(similarity(['a'], ['b'])).rejects.toThrow('no');
    fails = false;
    expect(await similarity(['a'], ['b'])).toEqual([[1]]);
  });
});
