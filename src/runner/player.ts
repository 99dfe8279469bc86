/** Plays the jobs of a run: each in its cell, once more alone where the engine's process died under it. */
import type { Job, Trial } from '../core/index.ts';
import { countConversations } from './conversations.ts';
import type { Player, RunOptions } from './options.ts';
import { type Offer, play, type Stage } from './play.ts';
import { prepareCells } from './prepare-cells.ts';
import { PATIENCE } from './stream.ts';

export type PlayerOptions = Pick<
  RunOptions,
  'benchmarks' | 'config' | 'patience' | 'capabilities' | 'timeline' | 'stuck' | 'warm' | 'cells' | 'endConversation'
>;

/** @param signal aborts all trials */
export function createPlayer(options: PlayerOptions, signal: AbortSignal): Player {
  const { benchmarks, config, patience = PATIENCE, capabilities, timeline, stuck, warm } = options;
  const prepare = prepareCells(options.cells);
  const conversations = options.endConversation && countConversations(options.endConversation);

  const ready = (job: Job, ended: AbortSignal) =>
    prepare(job, benchmarks.get(job.cell.benchmark)?.timeout ?? Number.POSITIVE_INFINITY, ended);

  const stageOf = (benchmark: string): Stage => ({
    ready,
    benchmark: benchmarks.get(benchmark),
    config,
    signal,
    patience,
    ...(capabilities && { capabilities }),
    ...(timeline && { timeline }),
    ...(warm && { warm }),
    ...(stuck && { stuck }),
    ...(conversations && { endConversation: conversations.end }),
  });
  /** By benchmark: against an API trials are played thousands of times a second. */
  const stages = new Map<string, Stage>();

  function playOnce(job: Job, offer?: Offer): Promise<Trial | undefined> {
    const { benchmark } = job.cell;
    const stage = stages.get(benchmark) ?? stageOf(benchmark);
    stages.set(benchmark, stage);
    conversations?.begin(job);
    return play(job, stage, offer);
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
