/** Watches the machine while it measures: load, CPU use, lag of the event loop. */
import { cpus, loadavg } from 'node:os';
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { availableCores, elapsed, type MachineFacts, now } from '../core/index.ts';

export interface MachineWatch extends Disposable {
  /** Facts since the start; ends the watch. */
  stop(): MachineFacts;
}

/** Milliseconds between two looks at the event loop. */
const RESOLUTION = 10;

/** Above these, times are in doubt (a client's p99 error stayed below 2 ms up to about 0.3 of a core). */
export const LIMITS = { core_use: 0.6, lag_p99: 2, busy: 0.9, others: 0.25 } as const;

/**
 * Why times measured meanwhile may be wrong; empty where nothing speaks against them.
 * The engine stamps tokens in a process of its own. Two things spoil its times: other work while no core is free, and
 * more threads than cores, because threads of ggml spin while they wait. For a client its own load counts as well.
 * @param cores that the process may use
 * @param beside cores that processes of ours used meanwhile
 */
export function doubts(
  facts: MachineFacts,
  {
    realisation,
    threads = 1,
    cores = availableCores(),
    beside = 0,
  }: { realisation: 'engine' | 'client'; threads?: number; cores?: number; beside?: number },
): string[] {
  const found: string[] = [];
  const ours = facts.core_use + beside + (realisation === 'engine' ? Math.min(threads, cores) : 0);
  if (realisation === 'engine' && threads > cores)
    found.push(
      `${threads} engine threads waited for each other on the ${cores} ${cores === 1 ? 'core' : 'cores'} that the process may use`,
    );
  const others = facts.busy * facts.cores - ours;
  if (facts.busy > LIMITS.busy && others > LIMITS.others)
    found.push(`other programs used ${others.toFixed(1)} of ${facts.cores} cores`);
  return realisation === 'engine' ? found : [...found, ...clientDoubts(facts)];
}

/** What a client's own load did to its times. */
export function clientDoubts(facts: MachineFacts): string[] {
  const found: string[] = [];
  if (facts.core_use > LIMITS.core_use) found.push(`the client used ${Math.round(facts.core_use * 100)} % of a core`);
  if (facts.lag.p99 > LIMITS.lag_p99) found.push(`the event loop lagged ${facts.lag.p99.toFixed(1)} ms (p99)`);
  return found;
}

export function watchMachine(): MachineWatch {
  const started = now();
  const ownBefore = process.cpuUsage();
  const allBefore = coreTimes();
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
  delay.enable();
  return {
    [Symbol.dispose]: () => void delay.disable(),
    stop() {
      delay.disable();
      const wall = elapsed(started, now()) / 1000;
      const own = process.cpuUsage(ownBefore);
      const all = coreTimes();
      const total = all.total - allBefore.total;
      return {
        wall_seconds: wall,
        load: loadavg()[0] ?? 0,
        cores: all.cores,
        core_use: wall > 0 ? (own.user + own.system) / 1e6 / wall : 0,
        busy: total > 0 ? 1 - (all.idle - allBefore.idle) / total : 0,
        lag: lagOf(delay),
      };
    },
  };
}

/** The histogram holds the time between two looks, in nanoseconds: lag is what exceeds the resolution. */
function lagOf(delay: IntervalHistogram): MachineFacts['lag'] {
  if (delay.count === 0) return { p50: 0, p99: 0, max: 0 };
  const lag = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - RESOLUTION);
  return { p50: lag(delay.percentile(50)), p99: lag(delay.percentile(99)), max: lag(delay.max) };
}

function coreTimes(): { cores: number; total: number; idle: number } {
  const times = cpus().map((core) => core.times);
  const idle = times.reduce((sum, core) => sum + core.idle, 0);
  const total = times.reduce((sum, core) => sum + core.user + core.nice + core.sys + core.idle + core.irq, 0);
  return { cores: times.length, total, idle };
}
