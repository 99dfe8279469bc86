/** Where trials are played: alone in blocks or among others, into the journal, until done, aborted or enough. */
import { createMeter, elapsed, fork, type Job, now, type Trial } from '../core/index.ts';
import type { Admission } from '../pacing/admission.ts';
import { delayed, unlessAborted } from '../pacing/wait.ts';
import { type Block, recordOf } from './block.ts';
import { watchMachine } from './machine.ts';
import { play, type Stage } from './play.ts';
import { prepareCells } from './prepare-cells.ts';
import { countProgress, type StatusCounts } from './progress.ts';
import type { RunOptions, RunOutcome } from './run.ts';
import { score } from './score.ts';
import { PATIENCE } from './stream.ts';

const hasDied = (trial: Trial | undefined) => trial?.error?.code === 'E_ENGINE_DIED';

/** Scores that are written together: few enough for memory, enough to share a write. */
const SCORES_TOGETHER = 256;

export interface Floor extends Disposable {
  /** Whether no trial may start any more. */
  isClosed(): boolean;
  /** Waits for the others, then plays the block's trials together. */
  playAlone(block: Block): Promise<void>;
  /** Waits for admission, then plays the trials while others are played. */
  playAmongOthers(block: Block, admission: Admission): Promise<void>;
  /** @throws the journal's error, if it failed */
  idle(): Promise<void>;
  /** Scores the journal's trials that have no scores yet, also those of earlier sessions. No call may be in flight. */
  scoreRest(): Promise<void>;
  outcome(): Pick<RunOutcome, 'status' | 'reason' | 'progress'>;
}

export function openFloor(options: RunOptions, earlier: StatusCounts): Floor {
  const { jobs, journal, scores, judges = {}, patience = PATIENCE, onEvent } = options;
  // Aborts with the user, or when the journal fails.
  const work = fork({ signal: options.signal, meter: createMeter() });
  const scoring = delayed(work.signal, patience.afterAbort);
  const progress = countProgress(jobs.length, earlier);
  const prepare = prepareCells(options.cells);
  const running = new Set<Promise<void>>();
  let fatal: { error: unknown } | undefined;
  let reason: string | undefined;
  let unscored = false;
  onEvent?.({ type: 'start', progress: progress.now() });

  function isClosed(): boolean {
    if (!work.signal.aborted) reason ??= options.enough?.();
    return work.signal.aborted || reason !== undefined;
  }

  function begin(started: readonly Job[]): void {
    if (started[0]) progress.begin(started[0].cell);
    onEvent?.({ type: 'begin', jobs: started, progress: progress.now() });
  }

  const cell = (job: Job, signal: AbortSignal) =>
    prepare(job, options.benchmarks.get(job.cell.benchmark)?.timeout ?? Number.POSITIVE_INFINITY, signal);

  /** A trial whose engine died is not finished yet: it may have been a neighbour that killed it. */
  function playOnce(job: Job, { intended, together }: Pick<Stage, 'intended' | 'together'> = {}) {
    const stage: Stage = {
      cell,
      benchmark: options.benchmarks.get(job.cell.benchmark),
      config: options.config,
      signal: work.signal,
      patience,
      ...(intended !== undefined && { intended }),
      ...(together !== undefined && { together }),
      ...(options.stuck && { stuck: options.stuck }),
    };
    return play(job, stage);
  }

  async function replayIfDied(job: Job, trial: Trial | undefined): Promise<Trial | undefined> {
    if (!hasDied(trial)) return trial;
    const replayed = await playOnce(job);
    return replayed && { ...replayed, replays: 1 };
  }

  async function commit(trial: Trial | undefined): Promise<void> {
    if (!trial) return;
    await keep(await scoreOf(trial));
  }

  const scoreOf = (trial: Trial) => score(trial, options.benchmarks.get(trial.cell.benchmark), judges, scoring.signal);

  /**
   * Holds a few facts, not the trial, until it is written: among thousands of trials a second those that wait are most
   * of what a collector has to copy (about 3 % of a load client's CPU: +5, +5, +3 and −2 in four pairs).
   */
  function keep(trial: Trial): Promise<void> {
    const { key, cell, sample, repeat, status, error } = trial;
    options.onPlayed?.(trial);
    return journal.append(trial).then(() => {
      progress.finish({ status });
      const finished = { key, cell, sample, repeat, status, ...(error && { error }) };
      onEvent?.({ type: 'trial', trial: finished, progress: progress.now() });
    });
  }

  /** A scorer on this thread would delay the stamps of the calls in flight. */
  function commitUnscored(trial: Trial | undefined): Promise<void> | undefined {
    if (trial?.status === 'ok') trial.unscored = true;
    return trial && keep(trial);
  }

  const ready = async (job: Job) => cell(job, work.signal);

  async function playTogether(block: Block): Promise<void> {
    begin(block.jobs);
    // Before the block's clock starts. What keeps a cell from being ready, its trials find out and say.
    await unlessAborted(work.signal, ready(block.jobs[0] as Job)).catch(() => undefined);
    using machine = watchMachine();
    const startedAt = new Date();
    const started = now();
    const trials = await Promise.all(block.jobs.map((job) => playOnce(job, { together: block.jobs.length })));
    const makespan = elapsed(started, now());
    const facts = machine.stop();
    // Replays and scores come after the last trial: they would share cores with what is measured.
    for (const [index, job] of block.jobs.entries()) trials[index] = await replayIfDied(job, trials[index]);
    for (const trial of trials) await commit(trial);
    const finished = trials.flatMap((trial) => trial ?? []);
    onEvent?.({ type: 'block', block: recordOf(block, finished, { startedAt, makespan, machine: facts }) });
  }

  function launch(task: Promise<void>): void {
    const guarded = task.then(
      () => void running.delete(guarded),
      (error) => {
        fatal ??= { error };
        work.abort(error);
        running.delete(guarded);
      },
    );
    running.add(guarded);
  }

  /** Its place is free as soon as it is over: the journal holds nobody up. */
  async function playAmong(job: Job, intended: bigint | undefined, leave: () => void): Promise<void> {
    let trial: Trial | undefined;
    try {
      trial = await playOnce(job, intended === undefined ? {} : { intended });
      if (hasDied(trial)) trial = await replayIfDied(job, trial);
    } finally {
      leave();
    }
    return commitUnscored(trial);
  }

  async function idle(): Promise<void> {
    while (running.size > 0) await Promise.all(running);
    if (fatal) throw fatal.error;
  }

  return {
    isClosed,
    idle,
    async playAlone(block) {
      await idle();
      if (isClosed()) return;
      launch(playTogether(block));
      await idle();
    },
    async playAmongOthers(block, admission) {
      for (const job of block.jobs) {
        const { intended, leave } = await admission.admit(job, work.signal);
        if (isClosed()) return leave();
        begin([job]);
        launch(playAmong(job, intended, leave));
      }
    },
    async scoreRest() {
      if (!jobs.some(({ cell }) => cell.realisation === 'client')) return;
      const writing = new Set<Promise<void>>();
      for (const trial of journal.trials()) {
        if (!trial.unscored || scores.has(trial.key) || !options.benchmarks.has(trial.cell.benchmark)) continue;
        const scored = work.signal.aborted ? undefined : await scoreOf(trial);
        unscored = work.signal.aborted;
        if (unscored || !scored) break;
        // One by one each would wait for its own write.
        const written = scores.append(scored).finally(() => writing.delete(written));
        writing.add(written);
        if (writing.size >= SCORES_TOGETHER) await Promise.all(writing);
      }
      await Promise.all(writing);
    },
    outcome() {
      const reached = progress.now();
      if (reached.done >= reached.total && !unscored) return { status: 'complete', progress: reached };
      if (work.signal.aborted) return { status: 'interrupted', progress: reached };
      return { status: 'stopped', ...(reason !== undefined && { reason }), progress: reached };
    },
    [Symbol.dispose]() {
      scoring[Symbol.dispose]();
      work[Symbol.dispose]();
    },
  };
}
