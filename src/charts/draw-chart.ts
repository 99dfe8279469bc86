/** A chart as SVG: the same text for the same aggregates, in Node and in a browser. */
import type { Chart } from './chart-types.ts';
import { drawBars } from './draw-bars.ts';
import { drawCurve } from './draw-curve.ts';
import { drawHeatmap } from './draw-heatmap.ts';
import { drawPareto } from './draw-pareto.ts';
import { drawTimeSeries } from './draw-time-series.ts';
import { drawViolin } from './draw-violin.ts';
import type { DrawOptions } from './layout.ts';
import { type Scene, sceneMarkup } from './scene.ts';

/** Shapes and labels; `chartSvg` makes a picture of them. */
export function drawChart(chart: Chart, options: DrawOptions): Scene {
  switch (chart.kind) {
    case 'violin':
      return drawViolin(chart, options);
    case 'pareto':
      return drawPareto(chart, options);
    case 'time-series':
      return drawTimeSeries(chart, options);
    case 'heatmap':
      return drawHeatmap(chart, options);
    case 'bars':
      return drawBars(chart, options);
    case 'curve':
      return drawCurve(chart, options);
  }
}

/** One `<svg>` element that stands alone: no style sheet, no ids, no request. */
export const chartSvg = (chart: Chart, options: DrawOptions): string =>
  sceneMarkup(drawChart(chart, options), `${chart.title}. ${chart.about}`, options.theme);
