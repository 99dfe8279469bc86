/** Percentiles in words: their values with what is known of them, or how many samples they would need. */
import { formatNumber } from './format-number.ts';
import type { PercentileName, ReportCell, Spread } from './report-types.ts';
import { fewestOf } from './spread.ts';

/** `31.2 [30.8, 32.0]`, or `n < 299` where so few samples do not support it. */
export function percentileText(spread: Spread, name: PercentileName, withRange = false): string {
  const value = spread[name];
  const range = spread.intervals[name];
  if (value === null || !range) return `n < ${fewestOf[name]}`;
  const text = formatNumber(value);
  return withRange ? `${text} [${formatNumber(range.low)}, ${formatNumber(range.high)}]` : text;
}

const shown: readonly PercentileName[] = ['p50', 'p90', 'p95', 'p99'];

/** Which percentiles no policy has samples enough for. */
export function percentileLine(cells: readonly ReportCell[]): string {
  const units = cells.flatMap(({ metrics }) => metrics.generation_time?.units ?? []);
  if (units.length === 0) return '';
  const most = Math.max(...units);
  const lacking = shown.filter((name) => most < fewestOf[name]);
  if (lacking.length === 0) return '';
  const needs = lacking.map((name) => `${name} needs ${fewestOf[name]}`).join(', ');
  return `Percentiles that ${most} ${most === 1 ? 'sample does' : 'samples do'} not support are left out: ${needs}.`;
}
