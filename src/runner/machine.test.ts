import { monitorEventLoopDelay } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import type { MachineFacts } from '../core/index.ts';
import { doubts, watchMachine } from './machine.ts';

const calm: MachineFacts = {
  ...{ wall_seconds: 1, load: 0, cores: 2, core_use: 0.2, busy: 0.5 },
  lag: { p50: 0.1, p99: 1, max: 3 },
};

const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
/** Holds the thread until it has had that much CPU time, which takes longer on a busy machine. */
const spin = (milliseconds: number) => {
  const before = cpu();
  while (cpu() - before < milliseconds);
};

/** Resolves when a watch like ours has looked at the event loop so often. */
async function looks(count: number): Promise<void> {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  while (delay.count < count) await new Promise((resolve) => setImmediate(resolve));
  delay.disable();
}

describe('the watch on the machine', () => {
  it('sees a loop that was blocked, and the CPU time that it took', async () => {
    using watch = watchMachine();
    await looks(4);
    spin(120);
    await looks(4);
    const facts = watch.stop();
    expect(facts.lag.max).toBeGreaterThan(60);
    expect(facts.lag.max).toBeLessThan(facts.wall_seconds * 1000);
    expect(facts.core_use * facts.wall_seconds).toBeGreaterThan(0.03);
    expect(facts.busy).toBeGreaterThanOrEqual(0);
    expect(facts.busy).toBeLessThanOrEqual(1);
    expect(JSON.parse(JSON.stringify(facts))).toEqual(facts);
  });

  it('can be stopped at once', () => {
    using watch = watchMachine();
    expect(watch.stop().lag).toEqual({ p50: 0, p99: 0, max: 0 });
  });
});

describe('doubts', () => {
  it('are none on a calm machine', () => {
    expect(doubts(calm, { realisation: 'client' })).toEqual([]);
    expect(doubts(calm, { realisation: 'engine' })).toEqual([]);
  });

  it('name a client that was itself too busy or too late', () => {
    expect(doubts({ ...calm, core_use: 0.7 }, { realisation: 'client' })).toEqual(['the client used 70 % of a core']);
    const late = { ...calm, lag: { p50: 1, p99: 2.5, max: 9 } };
    expect(doubts(late, { realisation: 'client' })).toEqual(['the event loop lagged 2.5 ms (p99)']);
    expect(doubts(late, { realisation: 'engine' })).toEqual([]);
  });

  it('name other programs only where they took the cores that the engine needs', () => {
    const full = { ...calm, busy: 0.95 };
    const engine = { realisation: 'engine', cores: 2 } as const;
    expect(doubts(full, { ...engine, threads: 1 })).toEqual(['other programs used 0.7 of 2 cores']);
    expect(doubts(full, { ...engine, threads: 2 })).toEqual([]);
    expect(doubts({ ...full, busy: 0.8 }, { ...engine, threads: 1 })).toEqual([]);
  });

  it('name engine threads that have no core', () => {
    const own = '3 engine threads waited for each other on the 2 cores that the process may use';
    expect(doubts(calm, { realisation: 'engine', threads: 3, cores: 2 })).toEqual([own]);
    expect(doubts(calm, { realisation: 'engine', threads: 2, cores: 2 })).toEqual([]);
    expect(doubts(calm, { realisation: 'client', threads: 3, cores: 2 })).toEqual([]);
    const crowded = { ...calm, cores: 4, busy: 0.95 };
    const others = 'other programs used 1.6 of 4 cores';
    expect(doubts(crowded, { realisation: 'engine', threads: 3, cores: 2 })).toEqual([own, others]);
  });
});
