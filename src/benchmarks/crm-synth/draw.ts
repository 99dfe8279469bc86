/** Seeded draws that are equal on every platform: whole numbers of a counter-based generator, nothing else. */
import { createRandom, seedOf, shuffled } from '../../core/index.ts';

export interface Draw {
  /** 0 … below − 1. */
  int(below: number): number;
  /** Both ends included. */
  between(low: number, high: number): number;
  chance(percent: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** `count` different ones, in random order; all of them where there are fewer. */
  some<T>(items: readonly T[], count: number): T[];
  shuffled<T>(items: readonly T[]): T[];
}

/** A stream of its own for each list of parts: what one stream draws never moves another. */
export function createDraw(...parts: readonly (string | number)[]): Draw {
  const random = createRandom(seedOf('crm-synth', ...parts));
  const int = (below: number) => Math.floor(random() * below);
  return {
    int,
    between: (low, high) => low + int(high - low + 1),
    chance: (percent) => int(100) < percent,
    pick: <T>(items: readonly T[]) => items[int(items.length)] as T,
    some: (items, count) => shuffled(items, random).slice(0, count),
    shuffled: (items) => shuffled(items, random),
  };
}
