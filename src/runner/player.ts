/** Plays the jobs of a run: each in its cell, once more alone where the engine's process died under it. */
import type { Generate, Job, Trial } from '../core/index.ts';
import { countConversations } from './conversations.ts';
import type { RunOptions } from './options.ts';
import { play, type Stage } from './play.ts';
import { prepareCells } from './prepare-cells.ts';
import { PATIENCE } from './stream.ts';

export interface Player {
  /** Resolves when a call of the job's cell would run at once. @throws what keeps it from being ready */
  ready(job: Job): Generate | Promise<Generate>;
  /** The trial without its scores; `undefined` where the user's abort ended it. */
  play(job: Job, when?: Pick<Stage, 'intended' | 'together'>): Promise<Trial | undefined>;
  /**
   * The same trial, unless the engine's process died under it: it may have been a neighbour that killed it, so it is
   * played once more, alone.
   */
  replayIfDied(job: Job, trial: Trial | undefined): Promise<Trial | undefined>;
}

/** @param signal aborts all trials */
export function createPlayer(options: RunOptions, signal: AbortSignal): Player {
  const { benchmarks, config, patience = PATIENCE, capabilities, timeline, stuck } = options;
  const prepare = prepareCells(options.cells);
  const conversations = options.endConversation && countConversations(options.endConversation);

  const ready = (job: Job, ended: AbortSignal) =>
    prepare(job, benchmarks.get(job.cell.benchmark)?.timeout ?? Number.POSITIVE_INFINITY, ended);

  const stage: Omit<Stage, 'benchmark'> = {
    ready,
    config,
    signal,
    patience,
    ...(capabilities && { capabilities }),
    ...(timeline && { timeline }),
    ...(stuck && { stuck }),
    ...(conversations && { endConversation: conversations.end }),
  };

  function playOnce(job: Job, when: Pick<Stage, 'intended' | 'together'> = {}): Promise<Trial | undefined> {
    conversations?.begin(job);
    return play(job, { ...stage, ...when, benchmark: benchmarks.get(job.cell.benchmark) });
  }

  return {
    ready: (job) => ready(job, signal),
    play: playOnce,
    async replayIfDied(job, trial) {
      if (trial?.error?.code !== 'E_ENGINE_DIED') return trial;
      const replayed = await playOnce(job);
      return replayed && { ...replayed, replays: 1 };
    },
  };
}
