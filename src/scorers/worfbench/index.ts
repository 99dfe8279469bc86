/** The scorers of WorfBench. */
export * from './averages.ts';
export * from './gold-plan.ts';
export * from './node-similarity.ts';
export * from './plan.ts';
export * from './plan-score.ts';
export * from './topological-orders.ts';
