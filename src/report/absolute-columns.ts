/** Times and memory as they are, beside the ratios of the first table. */
import { none } from './cell-text.ts';
import { formatNumber } from './format-number.ts';
import { percentileText } from './percentile-text.ts';
import type { PercentileName, ReportCell } from './report-types.ts';
import { percentiles } from './spread.ts';
import { type Column, policyColumn } from './table-columns.ts';

/** Half of the trials with its interval, then the tails that are supported somewhere. */
function percentileColumns(metric: string, title: string, about: string, order: number): Column[] {
  const text = (name: PercentileName, withRange: boolean) => (cell: ReportCell) => {
    const spread = cell.metrics[metric];
    return spread ? percentileText(spread, name, withRange) : none;
  };
  return (['p50', 'p90', 'p95', 'p99'] as const).map((name, i) => ({
    ...{ title: `${title} ${name}`, align: 'right' as const, order: order + i },
    about: i === 0 ? about : `The same for ${percentiles[name] * 100} % of the trials.`,
    of: text(name, true),
    short: text(name, false),
    shortAt: 4,
    ...(i > 0 && { dropAt: name === 'p95' ? 60 : 30 }),
    isKnown: (cell: ReportCell) => typeof cell.metrics[metric]?.[name] === 'number',
  }));
}

const mebibytes = (name: string) => (cell: ReportCell) => {
  const spread = cell.metrics[name];
  return spread ? formatNumber(spread.mean / 2 ** 20) : none;
};

const seconds = ({ metrics }: ReportCell) => (metrics.cpu_seconds ? formatNumber(metrics.cpu_seconds.mean) : none);

const absolutes: readonly (Column & { isKnown?: (cell: ReportCell) => boolean })[] = [
  policyColumn,
  ...percentileColumns(
    'first_token_latency',
    'first token ms',
    'Time to the first token: half of the trials stay below it. In brackets its 95 % interval.',
    10,
  ),
  ...percentileColumns(
    'generation_time',
    'total ms',
    'Time to the end of the answer, likewise. Where trials are offered at once, both hold the time in the queue.',
    20,
  ),
  {
    ...{ title: 'CPU s', align: 'right', order: 30, dropAt: 10 },
    about: "CPU seconds of the engine's process a trial.",
    of: seconds,
  },
  {
    ...{ title: 'KV MiB', align: 'right', order: 40, dropAt: 20 },
    about: 'Bytes of K and V in filled slots, the mean over decode steps, in MiB.',
    of: mebibytes('kv_bytes_mean'),
  },
  {
    ...{ title: 'most KV MiB', align: 'right', order: 50, dropAt: 5 },
    about: 'Most of them at a time, the mean over trials.',
    of: mebibytes('kv_bytes_peak'),
  },
];

/** Columns without a single value are left out; none at all where nothing was timed. */
export function absoluteColumns(cells: readonly ReportCell[]): Column[] {
  const known = absolutes.filter((column) => cells.some(column.isKnown ?? ((cell) => column.of(cell) !== none)));
  return known.length > 1 ? known : [];
}
