/** A load curve as a table, for Markdown and terminal alike. */
import { markdownTable } from 'markdown-table';
import { plainText } from '../core/index.ts';
import { none } from './cell-text.ts';
import { formatNumber } from './format-number.ts';
import type { LoadCurve, LoadPoint } from './load-curve.ts';
import { percentileText } from './percentile-text.ts';
import type { Spread } from './report-types.ts';

type Column = readonly [title: string, of: (point: LoadPoint) => string];

const number = (value: number | null) => (value === null ? none : formatNumber(value));
const middleAndTail = (spread: Spread | null) =>
  spread ? `${percentileText(spread, 'p50')} / ${percentileText(spread, 'p99')}` : none;

const columns: readonly Column[] = [
  ['policy', (point) => point.policy_name],
  ['benchmark', (point) => point.benchmark],
  ['n', (point) => String(point.trials)],
  ['failed', (point) => String(point.failed)],
  ['trials/s', (point) => number(point.trials_per_second)],
  ['tokens/s', (point) => number(point.tokens_per_second)],
  ['TTFT ms p50 / p99', (point) => middleAndTail(point.first_token_latency)],
  ['TPOT ms p50 / p99', (point) => middleAndTail(point.avg_token_latency)],
  ['whole ms p50 / p99', (point) => middleAndTail(point.generation_time)],
  ['in SLO', (point) => (point.slo_attainment === null ? none : `${formatNumber(100 * point.slo_attainment)} %`)],
  ['goodput/s', (point) => number(point.goodput)],
];

export interface LoadTable {
  head: string[];
  align: ('left' | 'right')[];
  rows: string[][];
  doubts: string[];
}

/** As plain texts: whoever shows them escapes them. */
export function loadTable({ param, points }: LoadCurve): LoadTable {
  const several = (of: (point: LoadPoint) => string) => new Set(points.map(of)).size > 1;
  const shown = columns.filter(([title, of]) => {
    if (title === 'policy' || title === 'benchmark') return several(of);
    return points.some((point) => of(point) !== none);
  });
  const doubts = new Map(points.map(({ value, doubts }) => [value, doubts]));
  return {
    head: [param, ...shown.map(([title]) => title)],
    align: ['right', ...shown.map(([title]) => (title === 'policy' || title === 'benchmark' ? 'left' : 'right'))],
    rows: points.map((point) => [String(point.value), ...shown.map(([, of]) => of(point))]),
    doubts: [...doubts].flatMap(([value, reasons]) =>
      reasons.map((reason) => `times at ${param} ${value} are in doubt: ${reason}`),
    ),
  };
}

/** @param textOf how text from outside is written: `markdownText` for a file, plain for a terminal */
export function renderLoadCurve(curve: LoadCurve, textOf: (text: string) => string = plainText): string {
  const { head, align, rows, doubts } = loadTable(curve);
  const table = markdownTable([head, ...rows.map((row) => row.map((text) => textOf(text)))], { align });
  return [table, ...(doubts.length > 0 ? [doubts.map((text) => textOf(text)).join('\n')] : [])].join('\n\n');
}
