import type { BlockRecord, Trial } from '../core/index.ts';

/**
 * Below this share of its cores the engine was held up. At one thread a machine that was left alone gave 1.00 to 1.19;
 * several threads wait for each other, and what they lose to that is not known.
 */
const enough = { one: 0.9, several: 0.7 };

/** Time lost at once by a trial that took twice its CPU and more: of its policy's whole time, this share. */
const stall = { ratio: 2, share: 0.05 };

interface Span {
  policy: string;
  wall: number;
  cpu: number;
}

/**
 * Whether the engine had its cores while it answered: CPU time of its process over wall time, graphs left out of both,
 * per policy; blocks of trials that share passes as a whole. What other programs took of the machine says less: one that
 * stops the engine for a minute uses little.
 * @returns why times cannot be vouched for; nothing where they can, or where no CPU time is known
 */
export function coreDoubts(trials: readonly Trial[], blocks: readonly BlockRecord[], threads: number): string[] {
  const spans = [
    ...trials.flatMap((trial) => spanOf(trial) ?? []),
    ...blocks.flatMap((one) => spanOfBlock(one, trials)),
  ];
  const policies = [...new Set(spans.map(({ policy }) => policy))].map((policy) => {
    const own = spans.filter((span) => span.policy === policy);
    const wall = sum(own.map((span) => span.wall));
    const cpu = sum(own.map((span) => span.cpu)) / threads;
    return { policy, share: cpu / wall, stalled: own.filter((span) => stoodStill(span, wall, threads)) };
  });
  const least = policies.toSorted((a, b) => a.share - b.share)[0];
  const stalled = policies.flatMap((policy) => policy.stalled);
  return [
    ...(least && least.share < (threads === 1 ? enough.one : enough.several) ? [held(least)] : []),
    ...(stalled.length > 0 ? [worstOf(stalled, spans.length)] : []),
  ];
}

function spanOf({ status, replays, turns, counters: { sums }, cell }: Trial): Span | undefined {
  const { call_cpu_ms: cpu, graph_ms: graphs = 0, queue_ms: queue } = sums;
  if (status !== 'ok' || replays || cell.realisation !== 'engine' || cpu === undefined || queue !== undefined) return;
  return { policy: cell.policy_name, cpu, wall: sum(turns.map(({ sent, end }) => end - sent)) - graphs };
}

function spanOfBlock({ block, cell, makespan_ms, trials, planned }: BlockRecord, all: readonly Trial[]): Span[] {
  if (planned <= 1 || trials < planned) return [];
  const sums = all.filter((trial) => trial.block === block).map(({ counters }) => counters.sums);
  if (sums.length < planned || sums.some(({ queue_ms }) => queue_ms === undefined)) return [];
  const total = (name: string) => sum(sums.map((one) => one[name] ?? 0));
  return [{ policy: cell.policy_name, cpu: total('call_cpu_ms'), wall: makespan_ms - total('graph_ms') }];
}

const stoodStill = ({ wall, cpu }: Span, whole: number, threads: number) =>
  wall > (stall.ratio * cpu) / threads && wall - cpu / threads > stall.share * whole;

const held = ({ policy, share }: { policy: string; share: number }) =>
  `the engine had ${(100 * share).toFixed(0)} % of its cores under ${policy}: read CPU × instead`;

function worstOf(stalled: readonly Span[], count: number): string {
  const { policy, wall, cpu } = stalled.reduce((a, b) => (b.wall - b.cpu > a.wall - a.cpu ? b : a));
  const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(milliseconds < 1000 ? 2 : 1)} s`;
  return `${stalled.length} of ${count} trials stood still meanwhile, the worst, under ${policy}, ${seconds(wall)} for ${seconds(cpu)} of work`;
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
