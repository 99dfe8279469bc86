import { expect, it } from 'vitest';
import { createLine } from './in-turn.ts';

it('begins a piece of work when the one before it is over, a failed one too, and gives each its own result', async () => {
  const inTurn = createLine();
  const log: string[] = [];
  const ends: (() => void)[] = [];
  const work = (name: string) =>
    inTurn(async () => {
      log.push(`${name} begins`);
      await new Promise<void>((resolve) => ends.push(resolve));
      log.push(`${name} ends`);
      if (name === 'b') throw new Error('b fails');
      return name;
    });
  const all = Promise.allSettled(['a', 'b', 'c'].map(work));
  for (let piece = 0; piece < 3; piece++) {
    await new Promise(setImmediate);
    expect(ends).toHaveLength(piece + 1);
    ends[piece]?.();
  }
  expect(await all).toMatchObject([{ value: 'a' }, { reason: new Error('b fails') }, { value: 'c' }]);
  expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
});
