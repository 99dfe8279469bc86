import type { BlockRecord, Cell, Job, MachineFacts, Trial } from '../core/index.ts';

/** Trials that are offered together. */
export interface Block {
  id: string;
  cell: Cell;
  jobs: Job[];
  /** Trials of the plan's block, those in the journal included. */
  planned: number;
}

/**
 * The blocks of the jobs that are left, in the plan's order. In a plan the jobs of a block follow each other: then each
 * block is made only when it is asked for. A hundred thousand blocks of one trial, all made at the start, would be memory
 * that every garbage collection has to walk.
 */
export function* blocksOf(jobs: readonly Job[], isLeft: (job: Job) => boolean): Generator<Block> {
  if (!areTogether(jobs)) {
    yield* gathered(jobs, isLeft);
    return;
  }
  for (let from = 0; from < jobs.length; ) {
    const { block, cell } = jobs[from] as Job;
    let to = from + 1;
    while (jobs[to]?.block === block) to++;
    const left = jobs.slice(from, to).filter(isLeft);
    if (left.length > 0) yield { id: block, cell, jobs: left, planned: to - from };
    from = to;
  }
}

function areTogether(jobs: readonly Job[]): boolean {
  const starts = jobs.filter(({ block }, i) => block !== jobs[i - 1]?.block).map(({ block }) => block);
  return new Set(starts).size === starts.length;
}

function gathered(jobs: readonly Job[], isLeft: (job: Job) => boolean): Block[] {
  const blocks = new Map<string, Block>();
  for (const job of jobs) {
    const block = blocks.get(job.block) ?? { id: job.block, cell: job.cell, jobs: [], planned: 0 };
    blocks.set(job.block, block);
    block.planned++;
    if (isLeft(job)) block.jobs.push(job);
  }
  return [...blocks.values()].filter((block) => block.jobs.length > 0);
}

/** On the engine every block; against an API those whose trials have to be offered together. */
export function runsAlone(block: Block): boolean {
  return block.cell.realisation === 'engine' || block.planned > 1;
}

export function recordOf(
  block: Block,
  trials: readonly Trial[],
  span: { startedAt: Date; makespan: number; machine: MachineFacts },
): BlockRecord {
  const turns = trials.flatMap((trial) => trial.turns);
  return {
    schema: 1,
    block: block.id,
    cell: block.cell,
    trials: trials.length,
    planned: block.planned,
    started_at: span.startedAt.toISOString(),
    makespan_ms: span.makespan,
    completion_tokens: turns.reduce((sum, turn) => sum + turn.completion_tokens, 0),
    machine: span.machine,
  };
}
