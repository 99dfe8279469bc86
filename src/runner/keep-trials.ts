/** What becomes of a finished trial: its scores, its line in the journal, its place in the progress. */
import type { Job, Trial } from '../core/index.ts';
import { delayed } from '../pacing/wait.ts';
import type { RunOptions } from './options.ts';
import { countProgress, type Progress } from './progress.ts';
import { score } from './score.ts';
import { PATIENCE } from './stream.ts';

/** Scores that are written together: few enough for memory, enough to share a write. */
const SCORES_TOGETHER = 256;

export interface Keeper extends Disposable {
  /** Jobs start now, together. */
  begin(jobs: readonly Job[]): void;
  /** Scores the trial and writes it. Resolves when it is safe. */
  keepScored(trial: Trial): Promise<void>;
  /** Writes the trial; its scores come later, for a scorer on this thread would delay the stamps of calls in flight. */
  keepUnscored(trial: Trial): Promise<void>;
  /** Scores what has no scores yet. No call may be in flight. @returns whether all of it was scored */
  scoreRest(): Promise<boolean>;
  progress(): Progress;
}

function workOf({ turns, wall_ms }: Trial) {
  const first = turns[0]?.at[0];
  return {
    prompt_tokens: turns.reduce((sum, turn) => sum + turn.prompt_tokens, 0),
    completion_tokens: turns.reduce((sum, turn) => sum + turn.completion_tokens, 0),
    ...(first !== undefined && { first_ms: first }),
    ...(wall_ms !== undefined && { wall_ms }),
  };
}

/** @param signal ends the run; a scorer then has a moment left */
export function createKeeper(options: RunOptions, signal: AbortSignal): Keeper {
  const { journal, benchmarks, judges = {}, lateScores, onEvent } = options;
  const scoring = delayed(signal, (options.patience ?? PATIENCE).afterAbort);
  const progress = countProgress(options.total, options.earlier ?? { ok: 0, failed: 0, unsupported: 0 });
  onEvent?.({ type: 'start', progress: progress.now() });

  const scoreOf = (trial: Trial) => score(trial, benchmarks.get(trial.cell.benchmark), judges, scoring.signal);

  /**
   * While the journal writes, only a few facts of the trial are kept, not the trial. At thousands of trials a second the
   * waiting trials are most of what the garbage collector has to copy. This saves about 3 % of a load client's CPU (+5,
   * +5, +3 and −2 in four pairs of runs).
   */
  function write(trial: Trial): Promise<void> {
    const { key, cell, sample, repeat, status, error } = trial;
    const work = workOf(trial);
    options.onPlayed?.(trial);
    return journal.append(trial).then(() => {
      progress.finish({ status });
      const finished = { key, cell, sample, repeat, status, ...work, ...(error && { error }) };
      onEvent?.({ type: 'trial', trial: finished, progress: progress.now() });
    });
  }

  return {
    begin(jobs) {
      if (jobs[0]) progress.begin(jobs[0].cell);
      onEvent?.({ type: 'begin', jobs, progress: progress.now() });
    },
    async keepScored(trial) {
      options.scrub?.(trial);
      await write(await scoreOf(trial));
    },
    keepUnscored(trial) {
      options.scrub?.(trial);
      if (trial.status === 'ok') trial.unscored = true;
      return write(trial);
    },
    async scoreRest() {
      const writing = new Set<Promise<void>>();
      let whole = true;
      for (const trial of lateScores?.unscored() ?? []) {
        if (!benchmarks.has(trial.cell.benchmark)) continue;
        const scored = signal.aborted ? undefined : await scoreOf(trial);
        whole = !signal.aborted;
        if (!whole || !scored) break;
        // One by one each would wait for its own write.
        const written = lateScores!.append(scored).finally(() => writing.delete(written));
        writing.add(written);
        if (writing.size >= SCORES_TOGETHER) await Promise.all(writing);
      }
      await Promise.all(writing);
      return whole;
    },
    progress: () => progress.now(),
    [Symbol.dispose]: () => scoring[Symbol.dispose](),
  };
}
