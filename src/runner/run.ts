/**
 * The main path of a run. `plan.ts` makes the list of trials (jobs), in blocks. `what-is-left.ts` takes out those that
 * are in the journal. This file plays the blocks that remain.
 *
 * A block is the trials that are offered at the same time: usually one, at least 4 × slots for a batching policy.
 * What happens to one sample under one policy:
 *
 * 1. Its block gets its turn. On the engine every block runs alone: nothing else is in flight. Against an API only
 *    blocks of more than one trial run alone. A block of one trial starts beside others, as soon as the admission has a
 *    place for it.
 * 2. Its cell is made ready (`prepare-cells.ts`): the process runs, the policy is open. A block that runs alone waits
 *    for this before its makespan starts, every trial before its own clock starts (`play.ts`), and every call before it
 *    is sent (`ask.ts`), since the process may have died in between. A closed loop's latencies leave this wait out.
 * 3. The benchmark plays it (`play.ts`): each `ask` is a turn (`ask.ts`), each `act` an action (`act.ts`). The trial ends
 *    as `ok`, as `failed` with an error code, or as `unsupported`: this policy cannot be played here
 *    (`E_CAPABILITY`, `E_COMPOSE`, `E_NO_REALISATION`, `E_NOT_BUILT`).
 *    - A failed call fails the trial, unless the benchmark asked it with `mayFail`.
 *    - The time limit is the benchmark's timeout times the trials offered together: each may wait for all others.
 *    - The user's abort leaves no trial: it is played again on resume.
 *    - If the engine's process died, the trial is played once more, alone.
 * 4. It is scored and written to the journal (`keep-trials.ts`). A trial that was played beside others is written first
 *    and scored after the last call, because a scorer would delay the time stamps of calls in flight. A scorer that
 *    throws leaves the trial `ok`, with the error `E_SCORE` and without the scores that failed.
 *
 * A run that stops at a limit (cost, tokens, requests, duration) is no failure: it exits 0, or 3 where trials failed.
 */
import { elapsed, type Job, type MachineFacts, now, type Trial, TtcError } from '../core/index.ts';
import { type Admission, closedLoop } from '../pacing/admission.ts';
import { unlessAborted } from '../pacing/wait.ts';
import { type Block, recordOf, runsAlone } from './block.ts';
import { dealBlocks } from './deal-blocks.ts';
import { createKeeper, type Keeper } from './keep-trials.ts';
import { doubts, watchMachine } from './machine.ts';
import type { Lanes, Player, RunOptions, RunOutcome, Witness } from './options.ts';
import { type Outage, watchServer } from './outage.ts';
import { createPlayer } from './player.ts';
import type { Progress } from './progress.ts';
import { openWork, type Work } from './work.ts';

export type {
  FinishedTrial,
  Lanes,
  LateScores,
  Players,
  RunEvent,
  RunOptions,
  RunOutcome,
  TrialSink,
  Witness,
} from './options.ts';

/** Who works on a run: what is in flight, who plays, and where finished trials go. */
interface Crew {
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
  const players = options.players?.(work.signal);
  const player = players ?? createPlayer(options, work.signal);
  const crew = { work, keeper, outage, player };
  const realisation = await (options.lanes ? playInLanes(options, options.lanes, crew) : playBlocks(options, crew));
  const facts = machine.stop();
  const witness = await players?.finish();
  const isScored = await keeper.scoreRest();
  const doubts = realisation === undefined ? [] : doubtsOf(facts, realisation, options, witness);
  return { ...endOf(crew, isScored), machine: facts, doubts };
}

/** @returns where the blocks run; undefined where there were none */
async function playBlocks(
  { blocks, config, admission = closedLoop(config.concurrency), onEvent }: RunOptions,
  crew: Crew,
): Promise<Block['cell']['realisation'] | undefined> {
  let realisation: Block['cell']['realisation'] | undefined;
  try {
    for await (const block of blocks) {
      if (realisation !== 'client') realisation = block.cell.realisation;
      if (crew.work.isOver()) break;
      if (runsAlone(block)) await playAlone(block, crew, onEvent);
      else await playBesideOthers(block, crew, admission);
    }
  } finally {
    // Where the source of the blocks fails, what is in flight is kept all the same.
    await crew.work.idle();
    for (const trial of crew.outage.rest()) await crew.keeper.keepUnscored(trial);
  }
  return realisation;
}

/** Several engines at once: in each of them every block runs alone. */
async function playInLanes(options: RunOptions, { others, groupOf }: Lanes, crew: Crew): Promise<'engine' | undefined> {
  const players = [crew.player, ...others.map((cells) => createPlayer({ ...options, cells }, crew.work.signal))];
  const dealer = dealBlocks(options.blocks as Iterable<Block>, groupOf, players.length);
  let played = 0;
  const playLane = async (player: Player, lane: number) => {
    while (!crew.work.isOver()) {
      const block = dealer.next(lane);
      if (!block) return;
      played++;
      await playBlock(block, { ...crew, player }, options.onEvent);
    }
  };
  for (const [lane, player] of players.entries()) crew.work.start(playLane(player, lane));
  await crew.work.idle();
  return played === 0 ? undefined : 'engine';
}

/** Waits for the others, then plays the block's trials together. */
async function playAlone(block: Block, crew: Crew, onEvent: RunOptions['onEvent']): Promise<void> {
  const { work } = crew;
  await work.idle();
  if (work.isOver()) return;
  work.start(playBlock(block, crew, onEvent));
  await work.idle();
}

/** Replays and scores come after the last of the block's trials. */
async function playBlock(block: Block, crew: Crew, onEvent: RunOptions['onEvent']): Promise<void> {
  const { player, keeper, outage } = crew;
  keeper.begin(block.jobs);
  const { trials, span } = await playTogether(block, crew);
  for (const [i, job] of block.jobs.entries()) trials[i] = await player.replayIfDied(job, trials[i]);
  const finished = trials.flatMap((trial) => trial ?? []);
  const kept = finished.filter(isOfThisRun).flatMap(outage.take);
  for (const trial of kept) await keeper.keepScored(trial);
  refuseChanged(finished);
  if (kept.length >= finished.length) onEvent?.({ type: 'block', block: recordOf(block, finished, span) });
}

/** Nothing but the trials runs between the two looks at the clock. */
async function playTogether(block: Block, { work, player }: Crew) {
  // A cell that cannot be made ready fails here unseen: its trials meet the same error and record it.
  await unlessAborted(work.signal, readyFor(block, player)).catch(() => undefined);
  using machine = watchMachine();
  const startedAt = new Date();
  const started = now();
  const trials = await Promise.all(block.jobs.map((job) => player.play(job, { together: block.jobs.length })));
  const makespan = elapsed(started, now());
  return { trials, span: { startedAt, makespan, machine: machine.stop() } };
}

const readyFor = async ({ jobs }: Block, player: Player) => void (await player.ready(jobs[0] as Job));

/** Starts each trial as soon as there is a place for it. */
async function playBesideOthers(block: Block, crew: Crew, admission: Admission): Promise<void> {
  for (const job of block.jobs) {
    const place = await admission.admit(job, crew.work.signal);
    if (crew.work.isOver()) return place.leave();
    crew.keeper.begin([job]);
    crew.work.start(playInPlace(job, place, crew));
  }
}

/** The place is free as soon as the trial is over: the journal holds nobody up. */
async function playInPlace(
  job: Job,
  { intended, leave }: Awaited<ReturnType<Admission['admit']>>,
  { player, keeper, outage }: Crew,
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

function endOf({ work, keeper }: Crew, isScored: boolean): Pick<RunOutcome, 'status' | 'stop' | 'progress'> {
  const progress = keeper.progress();
  if (progress.done >= progress.total && isScored) return { status: 'complete', progress };
  if (work.signal.aborted) return { status: 'interrupted', progress };
  const stop = work.stop();
  return { status: 'stopped', ...(stop && { stop }), progress };
}

function doubtsOf(
  machine: MachineFacts,
  realisation: 'engine' | 'client',
  { threads = 1, lanes }: Pick<RunOptions, 'threads' | 'lanes'>,
  witness?: Witness,
): string[] {
  const engines = 1 + (lanes?.others.length ?? 0);
  const beside = witness?.core_use ?? 0;
  return [...doubts(machine, { realisation, threads: threads * engines, beside }), ...(witness?.doubts ?? [])];
}

/**
 * What a command should exit with: 0 no trial failed (also where a limit stopped the run), 3 some failed or the server is
 * gone, 130 interrupted.
 */
export function exitCodeOf({
  status,
  stop,
  progress,
}: Pick<RunOutcome, 'status' | 'stop'> & { progress: Pick<Progress, 'failed'> }): 0 | 3 | 130 {
  if (status === 'interrupted') return 130;
  return progress.failed > 0 || stop?.code === 'server_gone' ? 3 : 0;
}
