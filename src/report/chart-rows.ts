/** From collected cells to the aggregates of charts: spreads, strips over time, amounts by layer. */
import type { Distribution, Named, TimePoint } from '../charts/chart-types.ts';
import { histogramOf } from '../charts/density.ts';
import { policyFamily } from '../charts/policy-family.ts';
import { quantileSorted } from '../stats/index.ts';
import type { CellTable } from './cell-table.ts';
import type { CellWork } from './collect-work.ts';
import type { ReportCell } from './report-types.ts';
import { fewestOf } from './spread.ts';

/** A cell of the report beside what was collected of it. */
export interface ChartCell {
  cell: ReportCell;
  table: CellTable;
  work: CellWork | undefined;
}

export const named = ({ cell: { policy_name } }: Pick<ChartCell, 'cell'>): Named => ({
  name: policy_name,
  family: policyFamily(policy_name),
});

/** Of a metric's values; undefined where there are none. On a log scale values of 0 have no place. */
export function distributionOf(
  chartCell: ChartCell,
  metric: string,
  scale: 'log' | 'linear',
): Distribution | undefined {
  const values = chartCell.table.values.get(metric) ?? new Float64Array();
  const sorted = values.filter(scale === 'log' ? (value) => value > 0 : (value) => !Number.isNaN(value)).sort();
  const n = sorted.length;
  if (n === 0) return undefined;
  const at = (share: number) => quantileSorted(sorted, share);
  return {
    ...named(chartCell),
    ...{ n, mean: sorted.reduce((sum, value) => sum + value, 0) / n },
    ...{ p25: at(0.25), p50: at(0.5), p75: at(0.75), p95: n < fewestOf.p95 ? null : at(0.95) },
    ...{ least: sorted[0] as number, most: sorted[n - 1] as number },
    ...histogramOf(sorted, scale),
  };
}

export interface BarsRow extends Named {
  bars: (readonly [bucket: number, share: number])[];
  mean: number;
}

/** Shares of a tally's buckets, and the mean bucket; undefined where nothing was tallied. */
export function sharesOf(chartCell: ChartCell, tally: string): BarsRow | undefined {
  const bars = bucketsOf(chartCell, tally);
  const total = bars.reduce((sum, [, amount]) => sum + amount, 0);
  if (!(total > 0)) return undefined;
  const mean = bars.reduce((sum, [bucket, amount]) => sum + bucket * amount, 0) / total;
  return { ...named(chartCell), mean, bars: bars.map(([bucket, amount]) => [bucket, amount / total]) };
}

/** What was kept of the prompt at each layer, and its mean over these layers. */
export function keptOf(chartCell: ChartCell): BarsRow | undefined {
  const tokens = chartCell.work?.promptTokens ?? 0;
  const bars = bucketsOf(chartCell, 'kept_at_layer').map(([layer, rows]) => [layer, rows / tokens] as const);
  // More than everything: its prompts were counted by somebody else.
  if (!(tokens > 0) || bars.length === 0 || bars.some(([, share]) => share > 1)) return undefined;
  return { ...named(chartCell), bars, mean: bars.reduce((sum, [, share]) => sum + share, 0) / bars.length };
}

/** No chart has room for more; a model has fewer layers. */
const mostBuckets = 512;

function bucketsOf({ work }: ChartCell, tally: string): (readonly [number, number])[] {
  return (work?.tallies.get(tally) ?? [])
    .map(([bucket, amount]) => [Number(bucket), amount] as const)
    .filter(([bucket, amount]) => Number.isInteger(bucket) && amount > 0)
    .sort(([a], [b]) => a - b)
    .slice(0, mostBuckets);
}

/** Trials that a stretch of time should have, and the most stretches. */
const fewest = 4;
const mostStretches = 40;
const minute = 60_000;
/** Minutes without the end of a trial after which they are taken out as a pause. */
const pause = 10;

/** The time of a run without its pauses: milliseconds after the first end of a trial. */
export function withoutPauses(works: readonly CellWork[]): { seconds: number; at(time: number): number } {
  const minutes = new Set<number>();
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { ended } of works)
    for (const time of ended) {
      if (Number.isNaN(time)) continue;
      minutes.add(Math.floor(time / minute));
      if (time < first) first = time;
      if (time > last) last = time;
    }
  const shifts = new Map<number, number>();
  let [shift, before] = [first, Math.floor(first / minute)];
  for (const one of [...minutes].sort((a, b) => a - b)) {
    // What follows a pause goes on in the next minute.
    if (one - before > pause) shift += (one - before - 1) * minute;
    before = one;
    shifts.set(one, shift);
  }
  const at = (time: number) => time - (shifts.get(Math.floor(time / minute)) ?? time);
  return { seconds: minutes.size > 0 ? at(last) / 1000 : 0, at };
}

/** Quartiles of a metric in equal stretches of the run; stretches without a value are left out. */
export function timePoints(
  { table, work }: ChartCell,
  metric: string,
  clock: ReturnType<typeof withoutPauses>,
): TimePoint[] {
  const values = table.values.get(metric);
  if (!values || !work || work.ended.length !== table.rows || !(clock.seconds > 0)) return [];
  const count = Math.min(mostStretches, Math.floor(values.length / fewest));
  if (count < 5) return [];
  const stretches: number[][] = Array.from({ length: count }, () => []);
  const length = clock.seconds / count;
  values.forEach((value, row) => {
    const time = work.ended[row] as number;
    if (!(value > 0) || Number.isNaN(time)) return;
    stretches[Math.min(count - 1, Math.floor(clock.at(time) / 1000 / length))]?.push(value);
  });
  return stretches.flatMap((stretch, i) => {
    if (stretch.length === 0) return [];
    const sorted = Float64Array.from(stretch).sort();
    const [p25, p50, p75] = [0.25, 0.5, 0.75].map((share) => quantileSorted(sorted, share)) as [number, number, number];
    return [{ at: (i + 0.5) * length, p25, p50, p75, n: sorted.length }];
  });
}
