/** Aggregates in, SVG out; Node and browser alike. */
export * from './chart-types.ts';
export * from './density.ts';
export * from './draw-chart.ts';
export type { DrawOptions } from './layout.ts';
export type { ChartDocument } from './plot-shapes.ts';
export * from './policy-family.ts';
export * from './theme.ts';
