import { describe, expect, it } from 'vitest';
import { toyGenerate, toyJobs, toyPlayed, toyPolicy, toyRun, turnOfLoop } from '../../test/crash/toy.ts';
import type { Generate, Job } from '../core/index.ts';
import { prepareCells } from './prepare-cells.ts';

const pair = [toyPolicy('baseline'), toyPolicy('other')];

describe('before a trial’s clock starts', () => {
  /** A source that takes a turn of the loop to be ready, and notes when it was and when calls were meant to be sent. */
  function slowStarter() {
    const log: { what: 'ready' | 'sent'; at: bigint }[] = [];
    let alive = false;
    const generate: Generate = async function* (call, context) {
      log.push({ what: 'sent', at: context.intended as bigint });
      yield* toyGenerate(call, context);
    };
    const ready = async () => {
      if (alive) return;
      await turnOfLoop();
      alive = true;
      log.push({ what: 'ready', at: process.hrtime.bigint() });
    };
    return { log, die: () => (alive = false), cell: Object.assign(generate, { ready }) };
  }

  it.each([1, 4])('its cell is ready, in blocks of %i, after a death too', async (blockSize) => {
    const { log, die, cell } = slowStarter();
    const jobs = toyJobs(4, [toyPolicy('elastic', { blockSize })]);
    const cells = async () => cell;
    const { outcome, events } = toyRun(jobs, {
      cells,
      onEvent: (event) => {
        events.push(event);
        if (event.type === 'block') die();
      },
    });
    await outcome();
    const blocks = 4 / blockSize;
    const expected = Array.from({ length: blocks }, () => ['ready', ...Array(blockSize).fill('sent')]).flat();
    expect(log.map(({ what }) => what)).toEqual(expected);
    expect(log.map(({ at }) => at)).toEqual([...log].map(({ at }) => at).sort((a, b) => (a < b ? -1 : 1)));
  });

  it('the makespan of a block does not hold what it took to be ready', async () => {
    const { log, cell } = slowStarter();
    const { outcome, events } = toyRun(toyJobs(4, [toyPolicy('elastic', { blockSize: 4 })]), {
      cells: async () => cell,
    });
    await outcome();
    const over = process.hrtime.bigint();
    const block = events.flatMap((event) => (event.type === 'block' ? event.block : []))[0];
    expect(block?.makespan_ms).toBeLessThan(Number(over - (log[0]?.at as bigint)) / 1e6);
  });

  it('a cell that never opens fails its trials and is given up; the others go on', async () => {
    const asked: AbortSignal[] = [];
    const cells = async (job: Job, signal: AbortSignal): Promise<Generate> => {
      if (job.cell.policy_name === 'baseline') return toyGenerate;
      asked.push(signal);
      return new Promise<never>(() => undefined);
    };
    const { outcome, journal } = toyRun(toyJobs(5, pair), { cells, benchmarks: toyPlayed(5, {}, 0.5) });
    expect(await outcome()).toMatchObject({ status: 'complete', progress: { done: 10, failed: 5 } });
    const stuck = journal.lines.filter(({ cell }) => cell.policy_name === 'other');
    expect(stuck.map(({ error }) => error?.code)).toEqual(Array(5).fill('E_TIMEOUT'));
    expect(stuck[0]?.error?.message).toMatch(/not ready/);
    expect(asked.map(({ aborted }) => aborted)).toEqual([true, true]);
  });

  it('a cell that is open comes without a promise; one that was opened anew is waited for', async () => {
    const [job] = toyJobs(1, pair) as [Job];
    let cell: Generate & { ready?(): Promise<void> } = toyGenerate;
    const prepare = prepareCells(() => cell);
    const { signal } = new AbortController();
    expect(await prepare(job, 60, signal)).toBe(cell);
    expect(prepare(job, 60, signal)).toBe(cell);
    let ready = false;
    const later: Generate = (call, context) => toyGenerate(call, context);
    cell = Object.assign(later, {
      async ready() {
        await turnOfLoop();
        ready = true;
      },
    });
    expect(await prepare(job, 60, signal)).toBe(cell);
    expect(ready).toBe(true);
  });

  it('the user’s abort does not wait for a cell that hangs', async () => {
    const user = new AbortController();
    const cells = () => {
      setImmediate(() => user.abort());
      return new Promise<never>(() => undefined);
    };
    const { outcome } = toyRun(toyJobs(2, pair), { cells, signal: user.signal });
    expect(await outcome()).toMatchObject({ status: 'interrupted', progress: { done: 0 } });
  });
});
