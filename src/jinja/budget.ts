/** What a template may take. Templates come with model files, from strangers: one that never ends must end. */
import { JinjaError } from './error.ts';

export interface Limits {
  /** Nodes that are evaluated, and items that filters go through. */
  steps: number;
  /** UTF-16 units of text that is made on the way, the output included. */
  characters: number;
  /** Macros and loops inside one another. */
  depth: number;
}

export const defaultLimits: Limits = { steps: 3_000_000, characters: 100_000_000, depth: 200 };

export interface Budget {
  step(count?: number): void;
  /** Asked before text of this length is made. */
  text(length: number): void;
  enter(): void;
  leave(): void;
}

/** Each call throws a JinjaError of the kind `limit` once its share is spent. */
export function createBudget(limits: Limits): Budget {
  let { steps, characters, depth } = limits;
  const over = (what: string): never => {
    throw new JinjaError('limit', `the template takes more than ${what}`);
  };
  return {
    step(count = 1) {
      steps -= count;
      if (!(steps >= 0)) over(`${limits.steps} steps`);
    },
    text(length) {
      characters -= length;
      if (!(characters >= 0)) over(`${limits.characters} characters`);
    },
    enter() {
      if (--depth < 0) over(`${limits.depth} levels of nesting`);
    },
    leave() {
      depth++;
    },
  };
}

let current: Budget | undefined;

/** Work of one rendering: what it calls may `spend` of this budget. Rendering is synchronous, so one is current. */
export function withBudget<T>(budget: Budget, work: () => T): T {
  const before = current;
  current = budget;
  try {
    return work();
  } finally {
    current = before;
  }
}

/**
 * For work deep inside values, such as printing a list of lists: a list that holds itself twice, forty times over, is
 * small in memory and endless on paper.
 */
export const spend = (steps = 1): void => current?.step(steps);

/** Work that grows with a text or list: one step for 32 characters, one per item. */
export function spendOn(value: unknown): void {
  if (typeof value === 'string') spend(value.length / 32);
  else if (Array.isArray(value)) spend(value.length);
}
