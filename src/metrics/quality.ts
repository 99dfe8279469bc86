/** How good the answer is. The benchmark's own score comes first; where it gives none, the text is scored here. */
import type { Answer, Metric, MetricContext, Trial } from '../core/index.ts';
import { chrf, exactMatch, rouge, sentenceBleu, tokenF1 } from '../scorers/index.ts';
import { remember } from './remember.ts';
import { tokenIds } from './turns.ts';

type TextScore = (prediction: string, reference: string) => number;

/** A score of the benchmark, or else of answer against reference; missing where there is neither. */
const scored =
  (name: string, score?: TextScore) =>
  (trial: Trial, { sample }: MetricContext) =>
    trial.scores[name] ??
    (score && trial.answer && sample.reference !== '' ? score(trial.answer.text, sample.reference) : undefined);

const entry = (name: string, about: string, score?: TextScore, missing = 'the reference is empty'): Metric => ({
  ...{ name, about, missing, group: 'quality', unit: 'score', better: 'more' },
  of: scored(name, score),
});

const ofPlans = 'the benchmark has no plans of steps';

const rouges = remember((a: string, b: string) => rouge(a, b, { keepVanishing: true }));
const overlap = remember(tokenF1);
const bleu = remember((a, b) => sentenceBleu(a, b, { effectiveOrder: true, keepVanishing: true }).bleu / 100);
const characters = remember((a, b) => chrf(a, b) / 100);

/** A failed trial counts 0 here and is missing everywhere else. */
const reward = (trial: Trial, { headline = 'reward' }: MetricContext) =>
  trial.status === 'failed' ? 0 : (trial.scores.reward ?? trial.scores[headline]);

/** Index of the first difference, or undefined where both are equal; a longer one differs where the shorter ends. */
function firstDifference(a: readonly number[], b: readonly number[]): number | undefined {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) if (a[i] !== b[i]) return i;
  return a.length === b.length ? undefined : shorter;
}

/** Turn by turn. */
const areEqual = (a: readonly (readonly number[])[], b: readonly (readonly number[])[]) =>
  a.length === b.length && a.every((ids, i) => firstDifference(ids, b[i] as readonly number[]) === undefined);

/** The baseline against itself says nothing. */
const twinOf = (trial: Trial, { baseline }: MetricContext) =>
  baseline?.status === 'ok' && baseline.key !== trial.key ? baseline : undefined;

function agreement(trial: Trial, about: MetricContext): number | undefined {
  const twin = twinOf(trial, about);
  if (!twin) return undefined;
  const [ids, twinIds] = [tokenIds(trial), tokenIds(twin)];
  if (ids && twinIds) return areEqual(ids, twinIds) ? 1 : 0;
  return trial.answer && twin.answer ? Number(trial.answer.text === twin.answer.text) : undefined;
}

function divergence(trial: Trial, about: MetricContext): number | undefined {
  const twin = twinOf(trial, about);
  const [ids, twinIds] = [tokenIds(trial), twin && tokenIds(twin)];
  return ids && twinIds ? firstDifference(joined(ids), joined(twinIds)) : undefined;
}

const joined = (ids: readonly (readonly number[])[]) => (ids.length === 1 ? (ids[0] as readonly number[]) : ids.flat());

/** Reasons are known of at least one call, or the trial says nothing. */
function truncated({ turns }: Trial): number | undefined {
  if (turns.every(({ reason }) => reason === undefined)) return undefined;
  return Number(turns.some(({ reason }) => reason === 'length'));
}

/** Nothing to read, and no tool or query before it either. */
const isEmpty = ({ text, trajectory = [] }: Answer, { turns }: Trial) =>
  text.trim() === '' && trajectory.length === 0 && turns.every(({ tool_calls = [] }) => tool_calls.length === 0);

export const qualityMetrics: readonly Metric[] = [
  entry('exact_match', '1 where the answer equals the reference but for whitespace at its ends.', exactMatch),
  entry('rouge_1', 'F1 of common words (ROUGE-1).', (a, b) => rouges(a, b).rouge1.f1),
  entry('rouge_2', 'F1 of common word pairs (ROUGE-2).', (a, b) => rouges(a, b).rouge2.f1),
  entry('rouge_l', 'F1 of the longest common subsequence of words (ROUGE-L).', (a, b) => rouges(a, b).rougeL.f1),
  entry(
    'bleu',
    'BLEU of the answer against its reference in [0, 1], only over orders the answer is long enough for.',
    bleu,
  ),
  entry('chrf', 'F-score of common character n-grams (chrF) in [0, 1].', characters),
  entry('precision', 'Share of the words of the answer that the reference has.', (a, b) => overlap(a, b).precision),
  entry('recall', 'Share of the words of the reference that the answer has.', (a, b) => overlap(a, b).recall),
  entry('f1', 'Harmonic mean of precision and recall.', (a, b) => overlap(a, b).f1),
  entry(
    'semantic_similarity',
    'Cosine of answer and reference by the sentence encoder that the trial names.',
    undefined,
    'the sentence encoder is not pulled',
  ),
  {
    ...entry(
      'reward',
      "The benchmark's headline score; 0 for a failed trial.",
      undefined,
      'the benchmark gives no score',
    ),
    column: {
      ...{ title: 'score', show: 'headline', order: 600, shortAt: 60 },
      about: 'The headline score, then its difference to the baseline.',
    },
    of: reward,
  },
  entry('f1_chain', 'F1 of the matched chain of steps, as the program of WorfBench computes it.', undefined, ofPlans),
  entry('f1_graph', 'F1 of the matched graph of steps, as the program of WorfBench computes it.', undefined, ofPlans),
  entry('f1_graph_mapped', 'The same with steps matched before their edges are compared.', undefined, ofPlans),
  {
    ...entry('agreement', '1 where all token ids are those of the baseline; texts are compared where ids are unknown.'),
    missing: 'it is the baseline, or its twin did not end',
    column: {
      ...{ title: 'same', show: 'percent', order: 500, dropAt: 100 },
      about: "Share of trials with the baseline's token ids (texts, where ids are unknown).",
    },
    of: agreement,
  },
  {
    ...{ name: 'divergence_at', group: 'quality', unit: 'tokens', better: 'more' },
    about: 'Tokens before the first one that differs from the baseline.',
    missing: 'no answer differs from the baseline, or token ids are not known',
    of: divergence,
  },
  {
    ...entry('truncated', '1 where an answer was cut at the token limit.', undefined, 'no answer says why it ended'),
    better: 'less',
    column: {
      ...{ title: 'cut', show: 'percent', order: 490, dropAt: 60, aboveZero: true },
      about: 'Share of trials with an answer that was cut at the token limit.',
    },
    of: truncated,
  },
  {
    ...entry('empty_answer', '1 where the answer holds nothing but blanks.', undefined, 'no trial has an answer'),
    better: 'less',
    column: {
      ...{ title: 'empty', show: 'percent', order: 495, dropAt: 62, aboveZero: true },
      about: 'Share of trials whose answer is empty.',
    },
    of: (trial) => trial.answer && Number(isEmpty(trial.answer, trial)),
  },
];
