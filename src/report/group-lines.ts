/** The lines below a group's table, for Markdown and terminal alike. */
import { fewestBlocks, fewestSamples } from '../stats/index.ts';
import { scoreText, timeText } from './cell-text.ts';
import { frequentFailures } from './count-failures.ts';
import { formatNumber } from './format-number.ts';
import type { ReportCell, ReportGroup } from './report-types.ts';

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

/** How far a policy got with what it tries: exits against the rate at which they pay, drafts that were right, rows kept. */
export function actionLines(cells: readonly ReportCell[]): string[] {
  return cells.flatMap(({ policy_name, metrics }) => {
    const mean = (name: string) => metrics[name]?.mean;
    const percent = (share: number) => `${formatNumber(100 * share)} %`;
    const [exits, pays] = [mean('exit_rate'), mean('break_even_exit_rate')];
    const [right, length] = [mean('draft_acceptance_rate'), mean('mean_acceptance_length')];
    const kept = mean('kept_ratio');
    const texts = [
      ...(exits === undefined || pays === undefined
        ? []
        : [`${percent(exits)} of its checks ended in an exit; exits save weights above ${percent(pays)}`]),
      ...(right === undefined || length === undefined
        ? []
        : [`${percent(right)} of its drafts were right, ${formatNumber(length)} tokens per verified pass`]),
      ...(kept === undefined ? [] : [`kept ${percent(kept)} of the rows or slots on offer`]),
    ];
    return texts.length > 0 ? [`${policy_name}: ${texts.join('; ')}.`] : [];
  });
}

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

/** How many samples would show 5 %, for policies of which nothing was shown and for the noise floor. */
export function samplesLine(rows: readonly ReportCell[], noise: ReportCell | undefined): string {
  const needed = [...rows, ...(noise ? [noise] : [])].flatMap((cell) => {
    const { verdict, samples_to_show } = cell.vs_baseline.generation_time ?? {};
    const open = verdict === 'not shown' || verdict === 'too few' || cell === noise;
    return open && samples_to_show ? [`${cell.policy_name} ${Math.max(fewestSamples, samples_to_show)}`] : [];
  });
  return needed.length > 0 ? `Samples that would show a 5 % difference in time: ${needed.join(', ')}.` : '';
}
