/**
 * The main path of a run. What happens to one sample in one cell:
 *
 * 1. Its block comes up. On the engine a block runs alone, its trials together; against an API a trial starts as soon
 *    as the admission has a place, among others.
 * 2. Its cell is made ready (`prepare-cells.ts`): the process runs, the policy is open. That is no part of its time.
 * 3. The benchmark plays it (`play.ts`): each `ask` is a turn (`ask.ts`), each `act` an action (`act.ts`). Whatever goes
 *    wrong is a failed trial with a code. If the engine's process died, it is played once more, alone.
 * 4. It is scored, and written to the journal (`keep-trials.ts`). Among others it is written first and scored after the
 *    last call, for a scorer would delay the stamps of calls in flight.
 */
import { elapsed, type Job, type MachineFacts, now, type Trial, TtcError } from '../core/index.ts';
import { type Admission, closedLoop } from '../pacing/admission.ts';
import { unlessAborted } from '../pacing/wait.ts';
import { type Block, recordOf, runsAlone } from './block.ts';
import { createKeeper, type Keeper } from './keep-trials.ts';
import { doubts, watchMachine } from './machine.ts';
import type { RunOptions, RunOutcome } from './options.ts';
import { type Outage, watchServer } from './outage.ts';
import { createPlayer, type Player } from './player.ts';
import type { Progress } from './progress.ts';
import { openWork, type Work } from './work.ts';

export type { FinishedTrial, LateScores, RunEvent, RunOptions, RunOutcome, TrialSink } from './options.ts';

/** The parts of a run: what is in flight, who plays, and where finished trials go. */
interface Parts {
  work: Work;
  player: Player;
  keeper: Keeper;
  outage: Outage;
}

/** @throws what the journal or the source of the blocks throws: without a safe place for trials there is no run */
export async function run(options: RunOptions): Promise<RunOutcome> {
  using machine = watchMachine();
  const outage = watchServer(options.outage);
  using work = openWork({ signal: options.signal, enough: () => outage.stop() ?? options.enough?.() });
  using keeper = createKeeper(options, work.signal);
  const parts = { work, keeper, outage, player: createPlayer(options, work.signal) };
  const realisation = await playBlocks(options, parts);
  const facts = machine.stop();
  const isScored = await keeper.scoreRest();
  return { ...endOf(parts, isScored), machine: facts, doubts: doubtsOf(facts, realisation, options.threads) };
}

/** @returns where the blocks run; undefined where there were none */
async function playBlocks(
  { blocks, config, admission = closedLoop(config.concurrency), onEvent }: RunOptions,
  parts: Parts,
): Promise<Block['cell']['realisation'] | undefined> {
  let realisation: Block['cell']['realisation'] | undefined;
  try {
    for await (const block of blocks) {
      if (realisation !== 'client') realisation = block.cell.realisation;
      if (parts.work.isOver()) break;
      if (runsAlone(block)) await playAlone(block, parts, onEvent);
      else await playAmongOthers(block, parts, admission);
    }
  } finally {
    // Where the source of the blocks fails, what is in flight is kept all the same.
    await parts.work.idle();
    for (const trial of parts.outage.rest()) await parts.keeper.keepUnscored(trial);
  }
  return realisation;
}

/** Waits for the others, then plays the block's trials together. Replays and scores come after the last of them. */
async function playAlone(block: Block, parts: Parts, onEvent: RunOptions['onEvent']): Promise<void> {
  const { work, player, keeper, outage } = parts;
  await work.idle();
  if (work.isOver()) return;
  keeper.begin(block.jobs);
  work.start(
    (async () => {
      const { trials, span } = await playTogether(block, parts);
      for (const [i, job] of block.jobs.entries()) trials[i] = await player.replayIfDied(job, trials[i]);
      const finished = trials.flatMap((trial) => trial ?? []);
      const kept = finished.filter(isOfThisRun).flatMap(outage.take);
      for (const trial of kept) await keeper.keepScored(trial);
      refuseChanged(finished);
      if (kept.length >= finished.length) onEvent?.({ type: 'block', block: recordOf(block, finished, span) });
    })(),
  );
  await work.idle();
}

/** Nothing but the trials runs between the two looks at the clock. */
async function playTogether(block: Block, { work, player }: Parts) {
  // What keeps a cell from being ready, its trials find out and say.
  await unlessAborted(work.signal, readyFor(block, player)).catch(() => undefined);
  using machine = watchMachine();
  const startedAt = new Date();
  const started = now();
  const trials = await Promise.all(block.jobs.map((job) => player.play(job, { together: block.jobs.length })));
  const makespan = elapsed(started, now());
  return { trials, span: { startedAt, makespan, machine: machine.stop() } };
}

const readyFor = async ({ jobs }: Block, player: Player) => player.ready(jobs[0] as Job);

/** Starts each trial as soon as there is a place for it. */
async function playAmongOthers(block: Block, parts: Parts, admission: Admission): Promise<void> {
  for (const job of block.jobs) {
    const place = await admission.admit(job, parts.work.signal);
    if (parts.work.isOver()) return place.leave();
    parts.keeper.begin([job]);
    parts.work.start(playInPlace(job, place, parts));
  }
}

/** The place is free as soon as the trial is over: the journal holds nobody up. */
async function playInPlace(
  job: Job,
  { intended, leave }: Awaited<ReturnType<Admission['admit']>>,
  { player, keeper, outage }: Parts,
): Promise<void> {
  let trial: Awaited<ReturnType<Player['play']>>;
  try {
    trial = await player.play(job, intended === undefined ? undefined : { intended });
    if (trial?.error) trial = await player.replayIfDied(job, trial);
  } finally {
    leave();
  }
  if (!trial) return;
  refuseChanged([trial]);
  for (const kept of outage.take(trial)) await keeper.keepUnscored(kept);
}

const isOfThisRun = ({ error }: Trial) => error?.code !== 'E_CHANGED';

/** Another model or module than the run began with: nothing is played with it, and what was tried is no trial. */
function refuseChanged(trials: readonly Trial[]): void {
  const changed = trials.find((trial) => !isOfThisRun(trial))?.error;
  if (changed) throw new TtcError(changed.code, changed.message);
}

function endOf({ work, keeper }: Parts, isScored: boolean): Pick<RunOutcome, 'status' | 'stop' | 'progress'> {
  const progress = keeper.progress();
  if (progress.done >= progress.total && isScored) return { status: 'complete', progress };
  if (work.signal.aborted) return { status: 'interrupted', progress };
  const stop = work.stop();
  return { status: 'stopped', ...(stop && { stop }), progress };
}

/** A session that finds everything played has no times that could be in doubt. */
function doubtsOf(machine: MachineFacts, realisation: 'engine' | 'client' | undefined, threads?: number): string[] {
  return realisation === undefined ? [] : doubts(machine, { realisation, ...(threads && { threads }) });
}

/** What a command should exit with: 0 all is well, 3 some trials failed or the server is gone, 130 interrupted. */
export function exitCodeOf({
  status,
  stop,
  progress,
}: Pick<RunOutcome, 'status' | 'stop'> & { progress: Pick<Progress, 'failed'> }): 0 | 3 | 130 {
  if (status === 'interrupted') return 130;
  return progress.failed > 0 || stop?.code === 'server_gone' ? 3 : 0;
}
