/** Scores a finished trial. Runs outside of latency; a failing scorer costs scores, never the trial. */
import { type Judges, type Scores, type Trial, TtcError } from '../core/index.ts';
import { failureOf, type PlayedBenchmark } from './play.ts';
import { settles } from './wait.ts';

/** Milliseconds after which a scorer or judge counts as hanging. */
const LIMIT = 600_000;

/** The trial with its scores, or with `E_SCORE` and what went wrong. `rescore` can make up for it later. */
export async function score(
  trial: Trial,
  benchmark: PlayedBenchmark | undefined,
  judges: Judges,
  signal: AbortSignal,
): Promise<Trial> {
  const sample = benchmark?.samples.get(trial.sample);
  if (trial.status !== 'ok' || !trial.answer || !benchmark || !sample) return trial;
  const { answer } = trial;
  try {
    const scoring = benchmark.open.score(sample, answer, judges);
    if (!(scoring instanceof Promise)) return withScores(trial, scoring);
    if (!(await settles(scoring, LIMIT, signal))) throw new TtcError('E_SCORE', 'scoring was interrupted');
    return withScores(trial, await scoring);
  } catch (error) {
    return { ...trial, error: failureOf(error, 'E_SCORE') };
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
