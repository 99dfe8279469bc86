/** What a table says about a cell, in words and numbers. */
import type { Metric } from '../core/index.ts';
import { baselineName } from '../rows/index.ts';
import type { Interval } from '../stats/index.ts';
import { formatNumber, formatRatio } from './format-number.ts';
import type { ReportCell, VsBaseline } from './report-types.ts';
import { verdictWords } from './verdict-words.ts';

export const none = '–';

type Comparison = VsBaseline | undefined;

const range = ({ low, high }: Interval, format: (value: number) => string) =>
  low === null || high === null ? '' : ` [${format(low)}, ${format(high)}]`;

const signed = (digits: number) => (value: number) => {
  const text = Math.abs(value).toFixed(digits);
  // The sign of zero tells it from a score.
  if (Number(text) === 0) return `±${text}`;
  return `${value < 0 ? '−' : '+'}${text}`;
};

type Format = (value: number) => string;

/** An end that excludes no effect is not rounded to it: beside `better` stands 0.998, not 1.00. */
function formatEnd(
  verdict: VsBaseline['verdict'],
  noEffect: number,
  format: Format,
  withDigits: (digits: number) => Format,
) {
  const shown = verdict === 'better' || verdict === 'worse' || verdict === 'different';
  return (value: number) => {
    const text = format(value);
    if (!shown || value === noEffect || text !== format(noEffect)) return text;
    return withDigits(Math.min(100, -Math.floor(Math.log10(Math.abs(value - noEffect)))))(value);
  };
}

const fixed = (digits: number) => (value: number) => value.toFixed(digits);

/** What lies beyond a hundredfold is not known that well: few, unequal samples give ends in the millions. */
const formatEndOfRatio = (end: number) => (end > 100 ? '>100' : end < 0.01 ? '<0.01' : formatRatio(end));

/** `0.66 [0.63, 0.68] better` */
export function timeText(comparison: Comparison, withRange = true, withVerdict = true): string {
  if (!comparison || comparison.ratio.mean === null) return none;
  const { ratio, verdict } = comparison;
  const end = formatEnd(verdict, 1, formatEndOfRatio, fixed);
  const text = `${formatRatio(ratio.mean as number)}${withRange ? range(ratio, end) : ''}`;
  return withVerdict ? `${text} ${verdictWords(verdict)}` : text;
}

/** `−0.333 [−0.630, −0.130] worse` */
export function scoreText(comparison: Comparison, withRange = true): string {
  if (!comparison || comparison.difference.mean === null) return none;
  const { difference, verdict } = comparison;
  const end = formatEnd(verdict, 0, signed(3), signed);
  return `${signed(3)(difference.mean as number)}${withRange ? range(difference, end) : ''} ${verdictWords(verdict)}`;
}

const isUnsupported = ({ trials, unsupported }: ReportCell) => trials > 0 && unsupported === trials;

/** A metric whose verdict a table shows; a block's makespan stands for the time of its trials. */
export function verdictOf(cell: ReportCell, name: string, inBlocks: Metric['inBlocks'], whole = true): string {
  if (cell.policy_name === baselineName) return '1';
  if (isUnsupported(cell)) return 'unsupported';
  return cell.blocks && inBlocks === 'makespan' ? blockTime(cell, whole) : timeText(cell.vs_baseline[name], whole);
}

/** `0.62 of the baseline's total, 1 block, too few samples` */
function blockTime({ vs_baseline: { makespan } }: ReportCell, whole: boolean): string {
  if (!makespan) return 'no whole block';
  const blocks = `${makespan.n} ${makespan.n === 1 ? 'block' : 'blocks'}, ${verdictWords(makespan.verdict)}`;
  const ratio = timeText(makespan, whole, false);
  return whole ? `${ratio} of the baseline's total, ${blocks}` : `${ratio} of total,\n${blocks}`;
}

/** The headline score, then its difference to the baseline. */
export function headlineOf(cell: ReportCell, name: string): string {
  const score = cell.metrics[name]?.mean.toFixed(3);
  if (score === undefined) return none;
  const comparison = cell.vs_baseline[name];
  return comparison ? `${score}, ${scoreText(comparison)}` : score;
}

/** The difference alone; the baseline has its score. */
export const shortHeadlineOf = (cell: ReportCell, name: string): string =>
  cell.vs_baseline[name] ? scoreText(cell.vs_baseline[name], false) : headlineOf(cell, name);

/** A score, or a metric of the user's own: its mean, and its difference to the baseline. */
export function scoreOf({ metrics, vs_baseline }: ReportCell, name: string, whole: boolean): string {
  const mean = metrics[name]?.mean;
  if (mean === undefined) return none;
  const comparison = vs_baseline[name];
  if (!comparison) return formatNumber(mean);
  return whole ? `${formatNumber(mean)}, ${scoreText(comparison)}` : scoreText(comparison, false);
}

export const kindOf = (cell: ReportCell) => [promiseOf(cell), actionOf(cell)].filter(Boolean).join(', ');
export const shortKindOf = (cell: ReportCell) => (isBroken(cell) ? promiseOf(cell) : actionOf(cell) || cell.fidelity);

/** An `exact` policy whose tokens are not the baseline's. */
const isBroken = ({ fidelity, metrics: { agreement } }: ReportCell) =>
  fidelity === 'exact' && agreement !== undefined && agreement.mean < 1;

const promiseOf = (cell: ReportCell) => (isBroken(cell) ? 'not exact' : cell.fidelity);

/** What must be known of a row whose policy is not known to have acted. */
function actionOf({ acted, vs_baseline, trials, failed, unsupported }: ReportCell): string {
  const isCompared = trials > failed + unsupported && Object.keys(vs_baseline).length > 0;
  return acted === false ? 'did not act' : acted === null && isCompared ? 'no counter' : '';
}

export const meanOf = (name: string) => (cell: ReportCell) => {
  const spread = cell.metrics[name];
  return spread ? formatNumber(spread.mean) : none;
};

export const percentOf = (name: string) => (cell: ReportCell) => {
  const spread = cell.metrics[name];
  return spread ? `${formatNumber(100 * spread.mean)} %` : none;
};

/** Ratio of means to the baseline, without an interval. */
export const ratioOf = (name: string) => (cell: ReportCell) => {
  const ratio = cell.vs_baseline[name]?.ratio.mean;
  return ratio === undefined || ratio === null ? none : formatRatio(ratio);
};
