/** Scores a finished trial. Runs outside of latency; a failing scorer costs scores, never the trial. */
import {
  type Answer,
  type Judges,
  type Sample,
  type Scores,
  type Similarity,
  type Trial,
  TtcError,
} from '../core/index.ts';
import { settles } from '../pacing/wait.ts';
import { failureOf } from './failure.ts';
import type { PlayedBenchmark } from './play.ts';

/** Milliseconds after which a scorer or judge counts as hanging. */
const LIMIT = 600_000;

/** The trial with its scores in place of any it had, or with `E_SCORE` and what went wrong. `rescore` can make up for it later. */
export async function score(
  trial: Trial,
  benchmark: PlayedBenchmark | undefined,
  judges: Judges,
  signal: AbortSignal,
): Promise<Trial> {
  const sample = benchmark?.samples.get(trial.sample);
  if (trial.status !== 'ok' || !trial.answer || !benchmark || !sample) return trial;
  const { similarity } = judges;
  const { encoder: _, ...unscored } = trial;
  const scored = await scoreAnswer({ ...unscored, scores: {} }, trial.answer, sample, benchmark, judges, signal);
  if (!similarity || sample.reference === '') return scored;
  return compareMeaning(scored, trial.answer, sample, similarity, signal);
}

/** What a scorer gives, or an error where it hangs. */
async function inTime<T>(scoring: Promise<T>, signal: AbortSignal): Promise<T> {
  if (!(await settles(scoring, LIMIT, signal))) throw new TtcError('E_SCORE', 'scoring was interrupted');
  return scoring;
}

async function scoreAnswer(
  trial: Trial,
  answer: Answer,
  sample: Sample,
  { open }: PlayedBenchmark,
  judges: Judges,
  signal: AbortSignal,
): Promise<Trial> {
  try {
    const scoring = open.score(sample, answer, judges);
    return withScores(trial, scoring instanceof Promise ? await inTime(scoring, signal) : scoring);
  } catch (error) {
    return { ...trial, error: failureOf(error, 'E_SCORE') };
  }
}

/** Adds `semantic_similarity`, last: the first score is the benchmark's headline. An encoder that fails costs no other. */
async function compareMeaning(
  trial: Trial,
  { text }: Answer,
  { reference }: Sample,
  similarity: Similarity,
  signal: AbortSignal,
): Promise<Trial> {
  try {
    const value = (await inTime(similarity([text], [reference]), signal))[0]?.[0] as number;
    const compared = withScores(trial, { ...trial.scores, semantic_similarity: value });
    return { ...compared, encoder: similarity.encoder, ...(trial.error && { error: trial.error }) };
  } catch (error) {
    return { ...trial, error: trial.error ?? failureOf(error, 'E_SCORE') };
  }
}

/** JSON has no NaN and no infinity: such a score is left out, and the trial says so. */
function withScores(trial: Trial, scores: Scores): Trial {
  const wrong = Object.keys(scores).filter((name) => !Number.isFinite(scores[name]));
  if (wrong.length === 0) return { ...trial, scores };
  const finite = Object.entries(scores).filter(([, value]) => Number.isFinite(value));
  return {
    ...trial,
    scores: Object.fromEntries(finite),
    error: failureOf(new TtcError('E_SCORE', `not a number: ${wrong.join(', ')}`)),
  };
}
