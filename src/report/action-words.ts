/** What its counters say of a policy: how often what it bets on came true, and how often it has to for the bet to pay. */
import { breakEvenAcceptance, priceOf } from '../decode/index.ts';
import type { Shown } from './assess-cell.ts';
import { formatNumber, formatRatio } from './format-number.ts';
import type { ReportCell, ReportRun } from './report-types.ts';

export type Prices = ReportRun['pass_ms'];

const percent = (share: number) => `${formatNumber(100 * share)} %`;

/** Share of drafts that must be right so that verifying them costs no more than decoding one by one. */
export interface DraftPrice {
  /** Rows of a pass that verifies: the drafts and the last token, whole as they are priced. */
  rows: number;
  /** Price of such a pass over that of one row. */
  times: number;
  acceptance: number;
}

/** Undefined where the engine did not say what a pass costs, or nothing was verified. */
export function draftPrice({ metrics }: ReportCell, prices: Prices): DraftPrice | undefined {
  const drafts = metrics.drafts_per_pass?.mean;
  if (!prices || Object.keys(prices).length < 2 || !drafts || !(drafts > 0)) return undefined;
  const rows = 1 + drafts;
  return { rows, times: priceOf(prices, rows) / priceOf(prices, 1), acceptance: breakEvenAcceptance(prices, drafts) };
}

/** In whole percent: prices are measured once, in some milliseconds, and move with the machine. */
const about = (share: number) => `about ${Math.round(100 * share)} %`;

/** What drafting takes is not in the price of a pass. */
function verdictOn({ rows, times, acceptance }: DraftPrice, isDoubtful: boolean): string {
  const pays =
    acceptance <= 0
      ? 'verifying alone always pays'
      : `verifying alone pays above ${about(acceptance)}${acceptance > 1 ? ', which cannot be' : ''}`;
  const when = isDoubtful ? ', by prices of a machine that was not quiet' : '';
  return `a pass of ${formatNumber(rows)} rows took ${formatNumber(times)} times as long as one of one row, so ${pays}${when}`;
}

/** Parts of a sentence, without a full stop; none where nothing was counted. */
export function actionWords(cell: ReportCell, prices: Prices, isDoubtful = false): string[] {
  const mean = (name: string) => cell.metrics[name]?.mean;
  const [exits, pays] = [mean('exit_rate'), mean('break_even_exit_rate')];
  const [right, length] = [mean('draft_acceptance_rate'), mean('mean_acceptance_length')];
  const drafts = mean('drafts_per_pass');
  const [kept, full] = [mean('kept_ratio'), mean('batch_occupancy')];
  const price = draftPrice(cell, prices);
  return [
    ...(exits === undefined || pays === undefined
      ? []
      : [
          `${percent(exits)} of its checks ended in an exit; counted in weights read, exits pay for their checks above ${percent(pays)}`,
        ]),
    ...(right === undefined || length === undefined
      ? []
      : [
          `${percent(right)} of its drafts were right, ${drafts === undefined ? '' : `${formatNumber(drafts)} drafts and `}${formatNumber(length)} tokens per verified pass`,
          ...(price ? [verdictOn(price, isDoubtful)] : []),
        ]),
    ...(kept === undefined ? [] : [`kept ${percent(kept)} of the rows or slots on offer`]),
    ...(full === undefined ? [] : [`${percent(full)} of its slots were in use`]),
  ];
}

const work = [
  ['passes_per_token', 'the passes per token'],
  ['layer_rows_per_token', 'the layer rows per token'],
  ['completion_tokens', 'the tokens'],
] as const;

/** Where what it bet on came true and its time says otherwise, or the other way round: what else was counted. */
export function paradox(cell: ReportCell, prices: Prices, time: Shown): string[] {
  const mean = (name: string) => cell.metrics[name]?.mean;
  const [exits, exitsPay, right] = ['exit_rate', 'break_even_exit_rate', 'draft_acceptance_rate'].map(mean);
  const price = draftPrice(cell, prices);
  const bets = [
    ...(exits === undefined || exitsPay === undefined ? [] : [exits > exitsPay]),
    ...(right === undefined || !price ? [] : [right > price.acceptance]),
  ];
  const expected = time === 'worse' ? false : time === 'better' ? true : undefined;
  if (expected === undefined || bets.length === 0 || bets.includes(expected)) return [];
  if (expected) return ['yet it pays here'];
  const counted = work.flatMap(([name, words]) => {
    const ratio = cell.vs_baseline[name]?.ratio.mean;
    return ratio == null || ratio < 1.02 ? [] : [`${formatRatio(ratio)} times ${words}`];
  });
  const drafting = right === undefined ? '' : 'its drafts counted in, ';
  return [`yet it does not pay here${counted.length > 0 ? `: ${drafting}it took ${counted.join(' and ')}` : ''}`];
}

/** What a pass of several rows costs here: one line for all policies that bet on it. */
export function priceLine(prices: Prices): string {
  if (!prices) return '';
  const counts = Object.keys(prices).map(Number);
  const one = priceOf(prices, 1);
  const texts = counts
    .filter((rows) => rows > 1)
    .map((rows) => `${rows} rows ${formatNumber(priceOf(prices, rows) / one)}`);
  return `A pass of one row took ${formatNumber(one)} ms when the engine was opened; of more, as a multiple of that: ${texts.join(', ')}.`;
}
