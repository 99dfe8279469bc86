import type { Mart } from '../tables/index.ts';

/** Every table that is made from `trials`, by name. To add some: one line here. */
export const marts: readonly Mart[] = [];
