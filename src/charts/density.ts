/** Histograms of a metric's values, and the smooth curve over one. */
import type { Distribution } from './chart-types.ts';

/** Bins per decade, and per 1. */
export const logBins = 32;
export const linearBins = 40;

type Scale = 'log' | 'linear';

/** The axis that bins divide evenly. */
const spread = (scale: Scale, value: number) => (scale === 'log' ? Math.log10(value) * logBins : value * linearBins);
const unspread = (scale: Scale, at: number) => (scale === 'log' ? 10 ** (at / logBins) : at / linearBins);

/** Most distinct values that are kept one by one. */
const mostPoints = 20;

/** @param sorted ascending, without NaN; on a log scale all above 0 */
export function histogramOf(sorted: Float64Array, scale: Scale): Pick<Distribution, 'bins' | 'points'> {
  const bins: [number, number][] = [];
  const points: [number, number][] = [];
  for (const value of sorted) {
    count(bins, Math.floor(spread(scale, value)));
    if (points.length <= mostPoints) count(points, value);
  }
  return { bins, ...(points.length <= mostPoints && { points }) };
}

/** Of ascending values: what is counted is the last entry, or a new one. */
function count(entries: [value: number, count: number][], value: number): void {
  const last = entries[entries.length - 1];
  if (last && last[0] === value) last[1]++;
  else entries.push([value, 1]);
}

export interface DensityPoint {
  value: number;
  /** 0 to 1, 1 at the highest point. */
  height: number;
}

const steps = 64;

/** A Gaussian kernel over the bins, cut one bandwidth beyond the data. Bandwidth: Silverman's rule of thumb. */
export function densityOf({ bins, least, most, p25, p75, n }: Distribution, scale: Scale): DensityPoint[] {
  const width = bandwidth(bins, spread(scale, p75) - spread(scale, p25), n);
  const [from, to] = [spread(scale, least) - width, spread(scale, most) + width];
  const curve = Array.from({ length: steps + 1 }, (_, i) => {
    const at = from + ((to - from) * i) / steps;
    const height = bins.reduce(
      (sum, [bin, count]) => sum + count * Math.exp(-(((at - bin - 0.5) / width) ** 2) / 2),
      0,
    );
    return { value: unspread(scale, at), height };
  });
  const highest = Math.max(...curve.map(({ height }) => height));
  return curve.map(({ value, height }) => ({ value, height: height / highest }));
}

/** In bins; at least one, as within a bin nothing is known. */
function bandwidth(bins: Distribution['bins'], quartiles: number, n: number): number {
  const mean = bins.reduce((sum, [bin, count]) => sum + bin * count, 0) / n;
  const variance = bins.reduce((sum, [bin, count]) => sum + count * (bin - mean) ** 2, 0) / Math.max(1, n - 1);
  const sizes = [Math.sqrt(variance), quartiles / 1.34].filter((size) => size > 0);
  return Math.max(1, sizes.length === 0 ? 1 : 0.9 * Math.min(...sizes) * n ** -0.2);
}
