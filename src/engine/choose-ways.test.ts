import { describe, expect, it } from 'vitest';
import { chooseWay } from './choose-ways.ts';

describe('chooseWay', () => {
  it('takes the fastest of the ways that keep the bits of single rows', () => {
    const together = { way: 'together', sameBits: true, ms: 10 } as const;
    expect(chooseWay([together, { way: 'first', sameBits: true, ms: 7 }])).toBe('first');
    expect(chooseWay([together, { way: 'first', sameBits: false, ms: 7 }])).toBe('together');
    expect(
      chooseWay([
        { way: 'together', sameBits: false, ms: 1 },
        { way: 'first', sameBits: true, ms: 4 },
        { way: 'each', sameBits: true, ms: 3 },
      ]),
    ).toBe('each');
  });

  it('leaves all rows together where another way saves less than a tenth', () => {
    expect(
      chooseWay([
        { way: 'together', sameBits: true, ms: 10 },
        { way: 'single', sameBits: true, ms: 9.5 },
      ]),
    ).toBe('together');
  });

  it('takes none where no way keeps the bits', () => {
    expect(chooseWay([{ way: 'together', sameBits: false, ms: 1 }])).toBeUndefined();
    expect(chooseWay([])).toBeUndefined();
  });
});
