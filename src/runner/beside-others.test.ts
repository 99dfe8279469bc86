/** Runs against an API: trials are played while others are. */
import { describe, expect, it } from 'vitest';
import { gauge, toyConfig, toyGenerate, toyJobs, toyPlayed, toyPolicy, toyRun } from '../../test/crash/toy.ts';
import type { Generate, Job, OpenBenchmark } from '../core/index.ts';
import { type Admission, closedLoop } from '../pacing/admission.ts';

const keys = (trials: readonly { key: string }[]) => trials.map(({ key }) => key);

describe('against an API', () => {
  const client = (count: number, blockSize = 1) =>
    ['baseline', 'other'].slice(0, count).map((name) => toyPolicy(name, { realisation: 'client', blockSize }));

  it('as many trials run at once as allowed, those of different cells among each other', async () => {
    const { cells, seen } = gauge();
    await toyRun(toyJobs(16, client(2)), { cells: cells(), config: toyConfig({ concurrency: 5 }) }).outcome();
    expect(seen).toEqual({ most: 5, mixed: true });
  });

  it('a block of several trials waits for the others and runs alone', async () => {
    const { cells, seen } = gauge();
    const jobs = toyJobs(12, [...client(1), toyPolicy('elastic', { realisation: 'client', blockSize: 12 })]);
    const { outcome } = toyRun(jobs, { cells: cells(), config: toyConfig({ concurrency: 3 }) });
    await outcome();
    expect(seen).toEqual({ most: 12, mixed: false });
  });

  it('no trial is scored while a call is in flight: the journal has it at once, its scores after the last call', async () => {
    let inFlight = 0;
    const disturbed: number[] = [];
    const generate: Generate = async function* (call, context) {
      inFlight++;
      try {
        yield* toyGenerate(call, context);
      } finally {
        inFlight--;
      }
    };
    const open: Partial<OpenBenchmark> = {
      score(_, answer) {
        disturbed.push(inFlight);
        return { length: answer.text.length };
      },
    };
    const { outcome, journal, scores } = toyRun(toyJobs(12, client(2)), { cells: async () => generate, open });
    expect(await outcome()).toMatchObject({ status: 'complete' });
    expect(disturbed).toEqual(Array(24).fill(0));
    expect(journal.lines.map(({ unscored, scores }) => ({ unscored, scores }))).toEqual(
      Array(24).fill({ unscored: true, scores: {} }),
    );
    expect(keys(scores.lines).sort()).toEqual(keys(journal.lines).sort());
    expect(scores.lines.every((trial) => trial.scores.length === 16)).toBe(true);
    await outcome();
    expect(disturbed).toHaveLength(24);
  });

  it('scores that an interruption left out are made up for by the next session, which plays nothing', async () => {
    const jobs = toyJobs(3, client(1));
    const user = new AbortController();
    const open: Partial<OpenBenchmark> = {
      score: () => {
        setImmediate(() => user.abort());
        return new Promise<never>(() => undefined);
      },
    };
    const { outcome, journal, scores } = toyRun(jobs, { open, signal: user.signal });
    const interrupted = await outcome();
    expect(interrupted).toMatchObject({ status: 'interrupted', progress: { done: 3, total: 3 } });
    expect([journal.lines.length, scores.lines.length]).toEqual([3, 0]);
    const { signal } = new AbortController();
    const cells = () => Promise.reject(new Error('nothing is left to play'));
    expect(await outcome({ benchmarks: toyPlayed(3), signal, cells })).toMatchObject({ status: 'complete' });
    expect(journal.lines).toHaveLength(3);
    expect(scores.lines.map((trial) => trial.scores)).toEqual(Array(3).fill({ length: 16 }));
  });

  it('an admission sets the intended send, and its place is given back whatever happens', async () => {
    const inner = closedLoop(2);
    const admission: Admission = {
      async admit(job, signal) {
        const { leave } = await inner.admit(job, signal);
        return { intended: process.hrtime.bigint() - 1_000_000_000n, leave };
      },
    };
    const cells = async (job: Job): Promise<Generate> => {
      if (job.sample === 's1') throw new Error('down');
      return toyGenerate;
    };
    const { outcome, journal } = toyRun(toyJobs(7, client(1)), { cells, admission });
    expect(await outcome()).toMatchObject({ progress: { done: 7, failed: 1 } });
    const sent = journal.lines.flatMap((trial) => trial.turns[0]?.sent ?? []);
    expect(Math.min(...sent)).toBeGreaterThan(999);
  });
});
