import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tiny8 } from '../../test/agreement/bench.ts';
import { createEngine, type LocalEngine } from './index.ts';
import { probeThreads } from './thread-probe.ts';

let engine: LocalEngine;
beforeAll(async () => {
  engine = await createEngine(tiny8);
});
afterAll(() => engine[Symbol.asyncDispose]());

/** Probes an engine whose passes take this long, by number of threads; the nth pass of the probe may be a slow one. */
async function probe(milliseconds: Record<number, number>, cores: number, slow?: { threads: number; pass: number }) {
  let threads = 0;
  let now = 0;
  let passes = 0;
  const tried: number[] = [];
  const timed = {
    ...engine,
    forward: (async (calls, read) => {
      passes++;
      const hit = slow?.threads === threads && slow.pass === passes;
      now += hit ? 1000 : (milliseconds[threads] as number);
      return engine.forward(calls, read);
    }) as LocalEngine['forward'],
  };
  const set = (wanted: number) => {
    threads = wanted;
    passes = 0;
    tried.push(wanted);
  };
  const chosen = await probeThreads(timed, set, cores, () => now);
  expect(threads).toBe(chosen);
  return { chosen, tried };
}

describe('probeThreads', () => {
  it('takes more threads as long as each doubling pays', async () => {
    expect(await probe({ 1: 10, 2: 6, 4: 4, 8: 3.5 }, 8)).toEqual({ chosen: 4, tried: [1, 2, 4, 8, 4] });
  });

  it('never tries more than there are cores', async () => {
    expect(await probe({ 1: 10, 2: 5, 4: 2 }, 2)).toEqual({ chosen: 2, tried: [1, 2, 2] });
    expect(await probe({ 1: 10 }, 1)).toEqual({ chosen: 1, tried: [1, 1] });
  });

  it('stays with one where a single pass of two collapses', async () => {
    expect((await probe({ 1: 10, 2: 5 }, 2, { threads: 2, pass: 4 })).chosen).toBe(1);
  });

  it('does not take a hiccup at one thread for a gain of two that collapse', async () => {
    expect((await probe({ 1: 10, 2: 500 }, 2, { threads: 1, pass: 4 })).chosen).toBe(1);
  });
});
