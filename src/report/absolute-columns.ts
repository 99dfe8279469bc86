/** Times and memory as they are, beside the ratios of the first table. */
import { none } from './cell-text.ts';
import { formatNumber } from './format-number.ts';
import type { ReportCell } from './report-types.ts';
import { type Column, policyColumn } from './table-columns.ts';

const halfAndTail = (name: string) => (cell: ReportCell) => {
  const spread = cell.metrics[name];
  return spread ? `${formatNumber(spread.p50)} / ${formatNumber(spread.p95)}` : none;
};

const mebibytes = (name: string) => (cell: ReportCell) => {
  const spread = cell.metrics[name];
  return spread ? formatNumber(spread.mean / 2 ** 20) : none;
};

const seconds = ({ metrics }: ReportCell) => (metrics.cpu_seconds ? formatNumber(metrics.cpu_seconds.mean) : none);

const absolutes: readonly Column[] = [
  policyColumn,
  {
    ...{ title: 'first token ms p50 / p95', align: 'right', order: 10 },
    about: 'Time to the first token: half of the trials stay below the first number, 95 % below the second.',
    of: halfAndTail('first_token_latency'),
  },
  {
    ...{ title: 'total ms p50 / p95', align: 'right', order: 20 },
    about:
      'Time to the end of the answer, likewise. Where trials are offered at once, both hold the time in the queue.',
    of: halfAndTail('generation_time'),
  },
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
  const known = absolutes.filter((column) => cells.some((cell) => column.of(cell) !== none));
  return known.length > 1 ? known : [];
}
