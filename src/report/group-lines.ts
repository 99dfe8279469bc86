/** The lines below a group's table, for Markdown and terminal alike. */
import { fewestBlocks } from '../stats/index.ts';
import { actionWords } from './action-words.ts';
import { scoreText, timeText } from './cell-text.ts';
import { frequentFailures } from './count-failures.ts';
import { formatNumber } from './format-number.ts';
import type { ReportCell, ReportGroup, ReportRun } from './report-types.ts';

/** Which verdicts count. */
export function decisionLine({ headline }: ReportGroup, rows: readonly ReportCell[]): string {
  const decided = rows.flatMap(({ vs_baseline }) =>
    Object.entries(vs_baseline).flatMap(([name, { exploratory }]) => (exploratory ? [] : [name])),
  );
  if (decided.length === 0) return '';
  const names = [...new Set(decided)].map((name) => wordsOfDecision[name] ?? name);
  const metrics = [...new Set(names.map((name) => (name === 'score' ? (headline ?? name) : name)))];
  const comparisons = `${decided.length} ${decided.length === 1 ? 'comparison' : 'comparisons'}`;
  return `Decisions rest on ${metrics.join(', ')}: their ${comparisons} are corrected together, so that 5 % hold for the whole table. All other verdicts are exploratory: each holds for its metric alone.`;
}

const wordsOfDecision: Readonly<Record<string, string>> = {
  reward: 'score',
  generation_time: 'time',
  makespan: 'time',
  cost_usd: 'cost',
  cpu_seconds: 'CPU',
};

/** The baseline against itself: a difference of this size means nothing. */
export function noiseLine({ headline }: ReportGroup, noise: ReportCell | undefined): string {
  if (!noise) return 'Noise floor: not known, the baseline was not played a second time.';
  const comparison = noise.vs_baseline.generation_time;
  const agreement = noise.metrics.agreement;
  const parts = [
    `time ${timeText(comparison)}`,
    noise.vs_baseline.reward && `${headline ?? 'score'} ${scoreText(noise.vs_baseline.reward)}`,
    agreement && `same tokens in ${formatNumber(100 * agreement.mean)} % of trials`,
  ].filter(Boolean);
  const drift = comparison?.verdict === 'better' || comparison?.verdict === 'worse';
  const warning = drift ? ' The baseline differs from itself: a time difference of that size proves nothing here.' : '';
  return `Noise floor, the baseline against itself: ${parts.join('; ')}.${warning}`;
}

/** What a constant answer, answers to other samples and the oracle get, and whether scores mean anything at all. */
export function floorLine({ constant, oracle, shuffled, floor, headline }: ReportGroup): string {
  if (constant === null) return '';
  const best = oracle === null ? '' : `, the oracle ${oracle.toFixed(3)}`;
  const others = shuffled === null ? '' : `, the answer to another sample of the family ${shuffled.toFixed(3)}`;
  const scores = `The best constant answer has ${headline ?? 'a score of'} ${constant.toFixed(3)}${others}${best}.`;
  return floor ? `${scores} floor: the baseline does not beat it, so differences in quality mean nothing here` : scores;
}

/** One line per policy and cause. */
export function failureLines(cells: readonly ReportCell[]): string[] {
  return cells.flatMap(({ policy_name, failures }) =>
    frequentFailures(failures).map(
      ({ status, code, message, count }) => `${policy_name}: ${count} ${status}, ${code}: ${message.split('\n')[0]}`,
    ),
  );
}

/** How far a policy got with what it tries: exits and drafts against the rate at which they pay, rows kept. */
export const actionLines = (cells: readonly ReportCell[], prices: ReportRun['pass_ms']): string[] =>
  cells.flatMap((cell) => {
    const words = actionWords(cell, prices);
    return words.length > 0 ? [`${cell.policy_name}: ${words.join('; ')}.`] : [];
  });

/** What a reader must know of trials that were offered at once. */
export function blockLines(cells: readonly ReportCell[]): string[] {
  return cells.flatMap(({ policy_name, blocks, vs_baseline: { makespan } }) => {
    if (!blocks) return [];
    const { count, compared, offered, asked } = blocks;
    const distinct = makespan?.n ?? 0;
    return [
      ...(distinct > 0 && distinct < compared
        ? [`${policy_name}: ${compared} blocks of ${distinct} sets of samples: repeats of a set count as one block.`]
        : []),
      ...(distinct > 0 && distinct < fewestBlocks
        ? [
            `${policy_name}: a verdict on time × needs ${fewestBlocks} blocks of other samples${asked === null ? '' : `, ${fewestBlocks * asked} samples`}.`,
          ]
        : []),
      ...(asked !== null && offered < asked
        ? [
            `${policy_name}: offered ${offered} samples at once instead of ${asked}, so its slots are full for a shorter part of the time.`,
          ]
        : []),
      ...(compared < count
        ? [
            `${policy_name}: ${count - compared} of ${count} blocks left out of time ×: they were interrupted, hold a failed or replayed trial, or the baseline did not play the same samples.`,
          ]
        : []),
    ];
  });
}

/** Failed trials have no times: a policy that fails on the long samples must not look fast for it. */
export function survivorLines(cells: readonly ReportCell[], { samples }: ReportGroup): string[] {
  return cells.flatMap(({ policy_name, blocks, vs_baseline: { generation_time } }) => {
    if (blocks || !generation_time || generation_time.n >= samples) return [];
    return [
      `${policy_name}: times are compared over ${generation_time.n} of ${samples} samples, the rest failed or are still to come.`,
    ];
  });
}
