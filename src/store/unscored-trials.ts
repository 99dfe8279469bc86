import type { Trial } from '../core/index.ts';
import type { Journal } from './journal.ts';
import type { ScoreLog } from './rescored.ts';

/** The journal's trials that wait for their scores, one at a time in memory. */
export function* unscoredTrials(journal: Pick<Journal, 'trials'>, scores: Pick<ScoreLog, 'has'>): Generator<Trial> {
  for (const trial of journal.trials()) if (trial.unscored && !scores.has(trial.key)) yield trial;
}
