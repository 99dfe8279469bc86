/** A comparison of runs in words and tables, for Markdown and terminal alike. */
import { markdownTable } from 'markdown-table';
import { plainText } from '../core/index.ts';
import { none } from './cell-text.ts';
import {
  type ComparedCell,
  type ComparedMetric,
  type ComparedRun,
  type GateCheck,
  isScore,
  type RunComparison,
} from './compare-runs.ts';
import { cappedRatio, formatNumber, formatRatio } from './format-number.ts';
import { markdownText } from './markdown-text.ts';

const range = (low: number | null, high: number | null, format: (value: number) => string) =>
  low === null || high === null ? '' : ` [${format(low)}, ${format(high)}]`;

const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;

/** `0.91 [0.88, 0.94]`, of a score `+0.020 [−0.010, +0.050]` */
function changeOf(name: string, found: ComparedMetric): string {
  const { ratio, difference, few } = found;
  const note = few ? ', too few samples' : '';
  if (!isScore(name, found) && ratio.mean !== null)
    return `${formatRatio(ratio.mean)}×${range(ratio.low, ratio.high, formatRatio)}${note}`;
  return difference.mean === null
    ? none
    : `${signed(difference.mean)}${range(difference.low, difference.high, signed)}${note}`;
}

const rowsOf = ({ policy_name, benchmark, metrics }: ComparedCell) =>
  Object.entries(metrics).map(([name, found]) => [
    ...[policy_name, benchmark, name, formatNumber(found.first), formatNumber(found.second)],
    ...[changeOf(name, found), `${found.n}${found.paired ? '' : ' unpaired'}`],
  ]);

const head = (first: string, second: string) => [
  ...['policy', 'benchmark', 'metric', first, second],
  ...['change [95 % interval]', 'n'],
];

export interface ComparisonText {
  /** What must be known first: another machine, another model, samples that are not the same. */
  loud: string[];
  head: string[];
  rows: string[][];
}

export const comparisonText = (first: string, run: ComparedRun): ComparisonText => ({
  loud: [
    ...run.differs.map((text) => `DIFFERENT ${text}`),
    ...run.samples,
    ...run.missing.map((text) => `not compared: ${text}`),
  ],
  ...{ head: head(first, run.label), rows: run.cells.flatMap(rowsOf) },
});

/** One line a check: `FAILED throughput < 0.95x: early_exit_28 on extract, 0.81 [0.76, 0.87]`. */
export function checkLine({
  condition,
  run,
  policy_name,
  benchmark,
  result,
  interval,
  confidence,
  why,
}: GateCheck): string {
  const number = (value: number) =>
    /[x%]\s*$/.test(condition)
      ? (cappedRatio(value) ?? value.toFixed(3))
      : Math.abs(value) < 0.1
        ? value.toFixed(3)
        : formatNumber(value);
  const { mean, low, high } = interval;
  const seen =
    mean === null ? '' : ` ${number(mean)}${range(low, high, number)} (${(100 * confidence).toFixed(2)} % interval)`;
  const word = { failed: 'FAILED', passed: 'passed', unclear: 'unclear' }[result];
  return `${word} ${condition}: ${policy_name} on ${benchmark} in ${run}${seen}${why === undefined ? '' : `: ${why}`}`;
}

/** The gate in one line; empty where nothing was asked. It passes only where every condition is shown to be kept. */
export function gateLine({ checks }: RunComparison, isStrict: boolean): string {
  if (checks.length === 0) return '';
  const count = (result: GateCheck['result']) => checks.filter((check) => check.result === result).length;
  const [failed, unclear, passed] = [count('failed'), count('unclear'), count('passed')];
  const word =
    failed > 0 || (isStrict && unclear > 0)
      ? 'The gate FAILED'
      : unclear === 0
        ? 'The gate passed'
        : passed === 0
          ? 'Nothing is shown, so the gate does not fail (with --fail-if-unclear it would)'
          : 'The gate does not fail, but not every condition is shown to be kept';
  return `${word}: of ${checks.length} checks ${failed} failed, ${passed} passed, ${unclear} ${unclear === 1 ? 'is' : 'are'} unclear.`;
}

export const isGateFailed = ({ checks }: RunComparison, isStrict: boolean): boolean =>
  checks.some(({ result }) => result === 'failed' || (isStrict && result === 'unclear'));

export const comparisonNote =
  'Each run against the first: second divided by first, of scores second less first. The brackets hold the choice of samples, not the state of the machine: look at the baseline and its second run, which should not differ.';

export function renderComparison(comparison: RunComparison, isStrict: boolean): string {
  const blocks = comparison.runs.flatMap((run) => {
    const { loud, head, rows } = comparisonText(comparison.first, run);
    const table = [head, ...rows].map((row) => row.map(markdownText));
    return [
      `## ${markdownText(`${run.label} against ${comparison.first}`)}`,
      loud.map((line) => `- **${markdownText(line)}**`).join('\n'),
      rows.length > 0
        ? markdownTable(table, { align: ['l', 'l', 'l', 'r', 'r', 'r', 'r'] })
        : 'No cell is in both runs.',
    ];
  });
  const checks = comparison.checks.map((check) => `- ${markdownText(checkLine(check))}`).join('\n');
  const all = [
    '# Runs compared',
    markdownText(gateLine(comparison, isStrict)),
    checks,
    ...blocks,
    markdownText(comparisonNote),
  ];
  return `${all.filter((block) => block !== '').join('\n\n')}\n`;
}

/** For a terminal: the same lines, tables as plain columns. */
export function plainComparison(comparison: RunComparison, isStrict: boolean): string {
  const blocks = comparison.runs.flatMap((run) => {
    const { loud, head, rows } = comparisonText(comparison.first, run);
    return [
      [`${run.label} against ${comparison.first}`, ...loud].map((line) => plainText(line)).join('\n'),
      rows.length > 0 ? columnsOf([head, ...rows]) : 'No cell is in both runs.',
    ];
  });
  const checks = comparison.checks.map((check) => plainText(checkLine(check), 1000)).join('\n');
  return [gateLine(comparison, isStrict), checks, ...blocks, comparisonNote]
    .filter((block) => block !== '')
    .join('\n\n');
}

function columnsOf(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map((text) => plainText(text)));
  const widths = (cells[0] ?? []).map((_, i) => Math.max(...cells.map((row) => (row[i] ?? '').length)));
  return cells
    .map((row) =>
      row.map((text, i) => (i < 3 ? text.padEnd(widths[i] as number) : text.padStart(widths[i] as number))).join('  '),
    )
    .map((line) => line.trimEnd())
    .join('\n');
}
