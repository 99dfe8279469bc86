import type { Chart } from '../charts/chart-types.ts';

/** A chart, and its name: a part of file names. */
export interface NamedChart {
  name: string;
  chart: Chart;
}
