/** One row for everything: finished trials as flat records, and what must be said of a run. */
export * from './acts-of.ts';
export type { RunOrigin } from './columns/column.ts';
export { counterColumn, sharedCounters } from './columns/counters.ts';
export * from './measure.ts';
export * from './metric-faults.ts';
export * from './names.ts';
export * from './notes/index.ts';
export * from './order.ts';
export * from './packed-rows.ts';
export * from './row.ts';
export * from './run-seconds.ts';
