/** Aggregates in, SVG out; Node and browser alike. */

export { type Axis, valueAt } from './axis.ts';
export * from './chart-types.ts';
export * from './density.ts';
export * from './draw-chart.ts';
export type { DrawOptions } from './layout.ts';
export type { ChartDocument } from './plot-shapes.ts';
export * from './policy-family.ts';
export { sceneMarkup, type Touch } from './scene.ts';
export * from './theme.ts';
