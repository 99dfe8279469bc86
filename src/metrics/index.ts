/** The registry of metrics, and how they are computed. */
export * from './compute-metrics.ts';
export * from './evaluator.ts';
export * from './expression-metric.ts';
export * from './metrics-page.ts';
export * from './objectives.ts';
export * from './patience.ts';
export * from './registry.ts';
export { busyTime } from './turns.ts';
export * from './user-metric.ts';
