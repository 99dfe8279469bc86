/** Numbers of charts: the one place that writes them. */
import { formatNumber, formatRatio } from '../core/format-number.ts';
import type { ChartUnit } from './chart-types.ts';

const formats: Readonly<Record<ChartUnit, (value: number) => string>> = {
  ms: (value) => (Math.abs(value) < 1000 ? `${formatNumber(value)} ms` : `${formatNumber(value / 1000)} s`),
  s: (value) => (Math.abs(value) < 180 ? `${formatNumber(value)} s` : `${formatNumber(value / 60)} min`),
  score: (value) => value.toFixed(3),
  ratio: (value) => `${formatRatio(value)}×`,
  share: (value) => `${formatNumber(100 * value)} %`,
  count: formatNumber,
  per_second: formatNumber,
};

export const formatValue = (value: number, unit: ChartUnit): string => formats[unit](value);

/** Of an axis: no zeros behind the point that say nothing. */
export const formatTick = (value: number, unit: ChartUnit): string =>
  unit === 'ratio' ? `${formatNumber(value)}×` : unit === 'score' ? formatNumber(value) : formats[unit](value);
