/** What its counters say of a policy: how often what it bets on came true, and how often it has to for the bet to pay. */
import { breakEvenAcceptance, priceOf } from '../decode/index.ts';
import { formatNumber } from './format-number.ts';
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

const verdictOn = ({ rows, times, acceptance }: DraftPrice) =>
  `a pass of ${formatNumber(rows)} rows takes ${formatNumber(times)} times as long as one of one row, so verifying pays above ${percent(acceptance)}${acceptance > 1 ? ', which cannot be' : ''}`;

/** Parts of a sentence, without a full stop; none where nothing was counted. */
export function actionWords(cell: ReportCell, prices: Prices): string[] {
  const mean = (name: string) => cell.metrics[name]?.mean;
  const [exits, pays] = [mean('exit_rate'), mean('break_even_exit_rate')];
  const [right, length] = [mean('draft_acceptance_rate'), mean('mean_acceptance_length')];
  const drafts = mean('drafts_per_pass');
  const [kept, full] = [mean('kept_ratio'), mean('batch_occupancy')];
  const price = draftPrice(cell, prices);
  return [
    ...(exits === undefined || pays === undefined
      ? []
      : [`${percent(exits)} of its checks ended in an exit; exits pay for their checks above ${percent(pays)}`]),
    ...(right === undefined || length === undefined
      ? []
      : [
          `${percent(right)} of its drafts were right, ${drafts === undefined ? '' : `${formatNumber(drafts)} drafts and `}${formatNumber(length)} tokens per verified pass`,
          ...(price ? [verdictOn(price)] : []),
        ]),
    ...(kept === undefined ? [] : [`kept ${percent(kept)} of the rows or slots on offer`]),
    ...(full === undefined ? [] : [`${percent(full)} of its slots were in use`]),
  ];
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
