import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { elapsed, type Job, now } from '../core/index.ts';
import { arrivalTimes, openLoop } from './open-loop.ts';

const job = {} as Job;
const { signal } = new AbortController();
const take = (times: Iterable<number>, count: number) => {
  const taken: number[] = [];
  for (const time of times) {
    if (taken.length === count) break;
    taken.push(time);
  }
  return taken;
};

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'hrtime', 'Date'] }));
afterEach(() => void vi.useRealTimers());

describe('open loop', () => {
  it('starts a hundred trials in every second', async () => {
    const loop = openLoop({ rps: 100 });
    const start = now();
    const starts: number[] = [];
    const all = (async () => {
      for (let i = 0; i < 500; i++) {
        await loop.admit(job, signal);
        starts.push(elapsed(start, now()));
      }
    })();
    await vi.advanceTimersByTimeAsync(5001);
    await all;
    for (const second of [0, 1, 2, 3, 4]) {
      const within = starts.filter((time) => time >= second * 1000 && time < (second + 1) * 1000);
      expect(within.length).toBeGreaterThanOrEqual(95);
      expect(within.length).toBeLessThanOrEqual(105);
    }
  });

  it('never sends early, and a late client keeps the intended time', async () => {
    const loop = openLoop({ rps: 10 });
    const start = now();
    const first = await loop.admit(job, signal);
    const waiting = loop.admit(job, signal);
    await vi.advanceTimersByTimeAsync(100);
    expect(elapsed(start, (await waiting).intended!)).toBe(100);
    await vi.advanceTimersByTimeAsync(900);
    const late = await loop.admit(job, signal);
    expect([elapsed(start, first.intended!), elapsed(start, late.intended!), elapsed(start, now())]).toEqual([
      0, 200, 1000,
    ]);
  });

  it('Poisson arrivals have the mean and the spread of their law, and repeat with the seed', () => {
    const options = { rps: 50, arrivals: 'poisson' as const, seed: 3 };
    const times = take(arrivalTimes(options), 4000);
    const gaps = times.slice(1).map((time, i) => time - times[i]!);
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
    expect(mean).toBeGreaterThan(19);
    expect(mean).toBeLessThan(21);
    expect(Math.sqrt(variance) / mean).toBeCloseTo(1, 1);
    expect(take(arrivalTimes(options), 4000)).toEqual(times);
    expect(take(arrivalTimes({ ...options, seed: 4 }), 3)).not.toEqual(times.slice(0, 3));
  });

  it('ends after its duration', async () => {
    const loop = openLoop({ rps: 10, duration: 2 });
    expect(loop.enough()).toBeUndefined();
    // The client sleeps over the end: what was due before is owed all the same.
    await loop.admit(job, signal);
    await vi.advanceTimersByTimeAsync(2500);
    for (let due = 1; due < 20; due++) await loop.admit(job, signal);
    expect(loop.enough()).toBeUndefined();
    await loop.admit(job, signal);
    expect(loop.enough()).toEqual({ code: 'duration', limit: 2 });
  });

  it('holds the schedule up when too many trials are in flight, and says so by their intended times', async () => {
    const loop = openLoop({ rps: 1000, maxInFlight: 1 });
    const start = now();
    const first = await loop.admit(job, signal);
    const second = loop.admit(job, signal);
    await vi.advanceTimersByTimeAsync(500);
    first.leave();
    first.leave();
    expect(elapsed(start, (await second).intended!)).toBe(1);
  });
});
