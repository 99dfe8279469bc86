import type { Random } from '../core/index.ts';

/** Random numbers that can be seen before they are taken. */
export interface PeekableRandom extends Random {
  /** The number that the call after `ahead` more calls will take. */
  peek(ahead: number): number;
}

/**
 * Drafters and early heads guess a sampled token with the same random number that the full model will use for it. Then
 * both agree as often as their distributions allow. A guess only peeks at the number; the token that counts takes it.
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
