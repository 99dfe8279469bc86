import type { Trial } from '../core/index.ts';

/** Below this share of a core the times of a run are in doubt; on a machine that was left alone it was 1.00 to 1.19. */
const enough = 0.9;

/** A trial that took this many times its CPU, and a second more, stood still at least once. */
const stall = { ratio: 2, milliseconds: 1000 };

/**
 * Whether the engine had a core while it answered: CPU time of its process over the wall time of the calls, graphs left
 * out of both, over trials played one by one. What other programs took of the machine says less: one that stops the
 * engine for a minute uses little.
 * @returns why times cannot be vouched for; nothing where they can, or where no CPU time is known
 */
export function coreDoubts(trials: readonly Trial[]): string[] {
  const times = trials.flatMap((trial) => timeOf(trial) ?? []);
  const wall = times.reduce((sum, time) => sum + time.wall, 0);
  const cpu = times.reduce((sum, time) => sum + time.cpu, 0);
  const stalled = times.filter(
    (time) => time.wall > stall.ratio * time.cpu && time.wall - time.cpu > stall.milliseconds,
  );
  return [
    ...(cpu < enough * wall
      ? [`the engine had ${((100 * cpu) / wall).toFixed(0)} % of a core while it answered: read CPU × instead`]
      : []),
    ...(stalled.length > 0 ? [worstOf(stalled, times.length)] : []),
  ];
}

interface Time {
  wall: number;
  cpu: number;
}

function timeOf({ status, turns, counters: { sums }, cell }: Trial): Time | undefined {
  const { call_cpu_ms: cpu, graph_ms: graphs = 0, queue_ms: queue } = sums;
  if (status !== 'ok' || cell.realisation !== 'engine' || cpu === undefined || queue !== undefined) return undefined;
  return { cpu, wall: turns.reduce((sum, { sent, end }) => sum + end - sent, 0) - graphs };
}

function worstOf(stalled: readonly Time[], count: number): string {
  const { wall, cpu } = stalled.reduce((a, b) => (b.wall - b.cpu > a.wall - a.cpu ? b : a));
  const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(1)} s`;
  return `${stalled.length} of ${count} trials stood still meanwhile, the worst took ${seconds(wall)} for ${seconds(cpu)} of work`;
}
