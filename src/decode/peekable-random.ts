import type { Random } from '../core/index.ts';

/** Random numbers that can be seen before they are taken. */
export interface PeekableRandom extends Random {
  /** The number that the call after `ahead` more calls will take. */
  peek(ahead: number): number;
}

/**
 * A guess that is made with the very number its judge will use agrees with him as often as their distributions allow
 * at that number: early heads and drafters peek, the token that counts takes.
 */
export function createPeekableRandom(random: Random): PeekableRandom {
  const seen: number[] = [];
  const take = () => seen.shift() ?? random();
  const peek = (ahead: number): number => {
    while (seen.length <= ahead) seen.push(random());
    return seen[ahead] as number;
  };
  return Object.assign(take, { peek });
}
