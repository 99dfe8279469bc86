import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  gauge,
  memoryJournal,
  text,
  toyConfig,
  toyGenerate,
  toyJobs,
  toyPlayed,
  toyPolicy,
  toyRun,
  turnOfLoop,
} from '../../test/crash/toy.ts';
import { type Generate, type Job, type OpenBenchmark, type Stop, type Trial, TtcError } from '../core/index.ts';
import { blocksOf } from './block.ts';
import { exitCodeOf } from './run.ts';

const pair = [toyPolicy('baseline'), toyPolicy('other')];
const keys = (trials: readonly { key: string }[]) => trials.map(({ key }) => key);

describe('a run', () => {
  it('journals every trial of the plan once, scored, in the order of the plan', async () => {
    const jobs = toyJobs(6, pair);
    const { outcome, journal, events } = toyRun(jobs);
    expect(await outcome()).toMatchObject({ status: 'complete', progress: { total: 12, done: 12, failed: 0 } });
    expect(keys(journal.lines)).toEqual(keys(jobs));
    expect(journal.lines.every((trial) => trial.scores.length === 16)).toBe(true);
    expect(events[0]).toMatchObject({ type: 'start', progress: { total: 12, done: 0 } });
    const trials = events.filter((event) => event.type === 'trial');
    expect(trials.map((event) => event.progress.done)).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
    expect(trials.at(-1)?.progress).toMatchObject({ eta: 0, cell: jobs.at(-1)?.cell });
  });

  it('plays what the journal lacks and nothing else', async () => {
    const jobs = toyJobs(5, pair);
    const first = toyRun(jobs);
    await first.outcome();
    const { outcome, journal } = toyRun(jobs);
    journal.lines.push(...first.journal.lines.filter((_, index) => index % 3 !== 0));
    const before = keys(journal.lines);
    const { progress } = await outcome();
    expect(keys(journal.lines).slice(before.length)).toEqual(keys(jobs).filter((key) => !before.includes(key)));
    expect(progress).toMatchObject({ total: 10, done: 10 });
  });

  it('takes its blocks one at a time, as they come', async () => {
    const jobs = toyJobs(4, pair);
    const { outcome, journal } = toyRun(jobs);
    const safe: number[] = [];
    async function* coming() {
      for (const block of blocksOf(jobs, () => true)) {
        safe.push(journal.lines.length);
        await turnOfLoop();
        yield block;
      }
    }
    expect(await outcome({ blocks: coming() })).toMatchObject({ status: 'complete', progress: { total: 8, done: 8 } });
    expect(safe).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(keys(journal.lines)).toEqual(keys(jobs));
  });

  it('ends with the source of its blocks where that fails, after the trials in flight', async () => {
    const jobs = toyJobs(3, [toyPolicy('baseline', { realisation: 'client' })]);
    const { outcome, journal } = toyRun(jobs);
    async function* breaking() {
      yield* blocksOf(jobs.slice(0, 2), () => true);
      throw new Error('the source is gone');
    }
    await expect(outcome({ blocks: breaking() })).rejects.toThrow('the source is gone');
    expect(keys(journal.lines)).toEqual(keys(jobs.slice(0, 2)));
  });

  it('leaves failed trials failed unless it is told to try again', async () => {
    const jobs = toyJobs(4, [toyPolicy('baseline')]);
    let broken = true;
    const cells = async (job: Job): Promise<Generate> => {
      if (broken && job.sample === 's2') throw new TtcError('E_BACKEND', 'down');
      if (job.sample === 's3') throw new TtcError('E_CAPABILITY', 'no prefill');
      return toyGenerate;
    };
    const { outcome, journal } = toyRun(jobs, { cells });
    const first = await outcome();
    expect(first.progress).toMatchObject({ done: 4, failed: 1, unsupported: 1 });
    expect(exitCodeOf(first)).toBe(3);
    broken = false;
    const second = await outcome();
    expect(journal.lines).toHaveLength(4);
    expect(exitCodeOf(second)).toBe(3);
    const third = await outcome({ retryFailed: true });
    expect(journal.lines.slice(4).map((trial) => [trial.sample, trial.status])).toEqual([['s2', 'ok']]);
    expect(third.progress).toMatchObject({ done: 4, failed: 0, unsupported: 1 });
    expect(exitCodeOf(third)).toBe(0);
  });

  it('stops cleanly when it is told that it is enough, and can go on', async () => {
    const jobs = toyJobs(6, pair);
    const { journal, outcome } = toyRun(jobs);
    const enough = (): Stop | undefined =>
      journal.lines.length >= 5 ? { code: 'max_tokens_total', limit: 5, spent: journal.lines.length } : undefined;
    expect(await outcome({ enough })).toMatchObject({
      status: 'stopped',
      stop: { code: 'max_tokens_total', limit: 5, spent: 5 },
      progress: { done: 5 },
    });
    expect(await outcome()).toMatchObject({ status: 'complete', progress: { done: 12 } });
    expect(keys(journal.lines)).toEqual(keys(jobs));
  });

  it('says at the end what was spent, trials included that were in flight when it was enough', async () => {
    const jobs = toyJobs(20, [toyPolicy('baseline', { realisation: 'client' })]);
    const { outcome, journal } = toyRun(jobs, { config: toyConfig({ concurrency: 4 }) });
    const enough = (): Stop | undefined =>
      journal.lines.length >= 5 ? { code: 'max_tokens_total', limit: 5, spent: journal.lines.length } : undefined;
    const { stop } = await outcome({ enough });
    expect(stop?.spent).toBe(journal.lines.length);
    expect(journal.lines.length).toBeGreaterThan(5);
  });

  it('ends with the journal’s error when trials cannot be kept, and starts no more', async () => {
    let played = 0;
    const generate: Generate = (call, context) => {
      played++;
      return toyGenerate(call, context);
    };
    const cells = async () => generate;
    const journal = { ...memoryJournal(), append: () => Promise.reject(new TtcError('E_JOURNAL', 'disk full')) };
    await expect(toyRun(toyJobs(9, pair), { cells, journal }).outcome()).rejects.toThrow('disk full');
    expect(played).toBe(1);
  });
});

describe('blocks', () => {
  it('run alone on the engine, whatever the concurrency', async () => {
    const { cells, seen } = gauge();
    await toyRun(toyJobs(8, pair), { cells: cells(), config: toyConfig({ concurrency: 16 }) }).outcome();
    expect(seen).toEqual({ most: 1, mixed: false });
  });

  it('offer their trials at once, and report their makespan', async () => {
    const { cells, seen } = gauge();
    const jobs = toyJobs(8, [toyPolicy('baseline'), toyPolicy('elastic', { blockSize: 8 })]);
    const { outcome, events, journal } = toyRun(jobs, { cells: cells() });
    await outcome();
    expect(seen).toEqual({ most: 8, mixed: false });
    const blocks = events.flatMap((event) => (event.type === 'block' ? event.block : []));
    expect(blocks).toHaveLength(9);
    const elastic = blocks.find((block) => block.block === 'toy/elastic/0');
    expect(elastic).toMatchObject({ trials: 8, planned: 8, completion_tokens: 32 });
    const last = Math.max(
      ...[...journal.trials()]
        .filter((trial) => trial.block === elastic?.block)
        .map((trial) => trial.turns[0]?.end ?? 0),
    );
    expect(elastic?.makespan_ms).toBeGreaterThanOrEqual(last);
  });

  it('may take as long as all their trials together: waiting for the others is no failure', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    let before: Promise<unknown> = Promise.resolve();
    const oneByOne: Generate = async function* (call, context) {
      const mine = before.then(() => vi.advanceTimersByTime(100));
      before = mine;
      await mine;
      yield* toyGenerate(call, context);
    };
    const jobs = toyJobs(8, [toyPolicy('elastic', { blockSize: 8 })]);
    const { outcome } = toyRun(jobs, { cells: async () => oneByOne, benchmarks: toyPlayed(8, {}, 0.5) });
    expect(await outcome()).toMatchObject({ status: 'complete', progress: { done: 8, failed: 0 } });
  });

  it('are scored after their last trial, so that scorers take no core from what is measured', async () => {
    const log: string[] = [];
    const generate: Generate = async function* (call, context) {
      yield* toyGenerate(call, context);
      log.push('played');
    };
    const open: Partial<OpenBenchmark> = {
      score: () => {
        log.push('scored');
        return {};
      },
    };
    const jobs = toyJobs(4, [toyPolicy('elastic', { blockSize: 4 })]);
    await toyRun(jobs, { cells: async () => generate, open }).outcome();
    expect(log).toEqual([...Array(4).fill('played'), ...Array(4).fill('scored')]);
  });

  it('that are taken up again say that they are smaller than planned', async () => {
    const jobs = toyJobs(4, [toyPolicy('elastic', { blockSize: 4 })]);
    const first = toyRun(jobs);
    await first.outcome();
    const { outcome, events, journal } = toyRun(jobs);
    journal.lines.push(...first.journal.lines.slice(0, 3));
    await outcome();
    expect(events.findLast((event) => event.type === 'block')).toMatchObject({ block: { trials: 1, planned: 4 } });
  });
});

describe('when the engine’s process dies', () => {
  /** Dies under a killer, and takes everything with it that is in flight. */
  function engine(kills: (job: Job, starts: number) => boolean) {
    const starts = new Map<string, number>();
    let life = new AbortController();
    const cells = async (job: Job): Promise<Generate> =>
      async function* (call, context) {
        const mine = life;
        const died = () => new TtcError('E_ENGINE_DIED', 'the engine process ended');
        starts.set(job.sample, (starts.get(job.sample) ?? 0) + 1);
        await turnOfLoop();
        if (kills(job, starts.get(job.sample) ?? 0)) {
          life.abort();
          life = new AbortController();
        }
        await turnOfLoop();
        if (mine.signal.aborted) throw died();
        yield* toyGenerate(call, context);
      };
    return { cells, starts };
  }
  const block = toyJobs(6, [toyPolicy('elastic', { blockSize: 6 })]);

  it('every trial in flight is replayed alone once; only the one that kills again fails', async () => {
    const { cells, starts } = engine((job) => job.sample === 's2');
    const { outcome, journal } = toyRun(block, { cells });
    expect(await outcome()).toMatchObject({ progress: { done: 6, failed: 1 } });
    expect(starts.get('s2')).toBe(2);
    expect([...starts.values()]).toEqual(Array(6).fill(2));
    const byStatus = (status: Trial['status']) => journal.lines.filter((trial) => trial.status === status);
    expect(byStatus('failed')).toMatchObject([{ sample: 's2', error: { code: 'E_ENGINE_DIED' }, replays: 1 }]);
    expect(byStatus('ok').map((trial) => trial.replays)).toEqual(Array(5).fill(1));
    expect(new Set(keys(journal.lines)).size).toBe(6);
  });

  it('a killer that does not kill again is an ordinary trial', async () => {
    const { cells } = engine((job, times) => job.sample === 's2' && times === 1);
    const { outcome } = toyRun(block, { cells });
    expect(await outcome()).toMatchObject({ progress: { done: 6, failed: 0 } });
  });

  it('replays are alone', async () => {
    const { cells, seen } = gauge();
    const dying = engine((_, times) => times === 1);
    const counted = async (job: Job) => {
      const generate = await dying.cells(job);
      return dying.starts.get(job.sample) === 1 ? cells(generate)(job) : generate;
    };
    await toyRun(block, { cells: counted }).outcome();
    expect(seen.most).toBe(1);
  });
});

describe('scoring', () => {
  const one = toyJobs(1, [toyPolicy('baseline')]);
  it.each([
    ['throws', () => Promise.reject(new Error('bad reference')), /bad reference/, {}],
    [
      'gives no number',
      () => ({ good: 1, bad: Number.NaN, worse: Number.POSITIVE_INFINITY }),
      /bad, worse/,
      { good: 1 },
    ],
  ])('a scorer that %s costs scores, not the trial', async (_, score, message, scores) => {
    const { outcome, journal } = toyRun(one, { open: { score } });
    expect(await outcome()).toMatchObject({ progress: { done: 1, failed: 0 } });
    expect(journal.lines).toMatchObject([
      { status: 'ok', scores, error: { code: 'E_SCORE', message: expect.stringMatching(message) } },
    ]);
  });

  it('gets the judges', async () => {
    const judges = { similarity: Object.assign(async () => [[0.5]], { encoder: 'toy' }) };
    const open: Partial<OpenBenchmark> = {
      score: async (_, __, { similarity }) => ({ judged: (await similarity?.([''], ['']))?.[0]?.[0] ?? 0 }),
    };
    const { outcome, journal } = toyRun(one, { open, judges });
    await outcome();
    expect(journal.lines[0]?.scores).toMatchObject({ judged: 0.5 });
  });
});

describe('the user’s abort', () => {
  it('keeps finished trials, drops those in flight, starts no more; the same run then completes the plan', async () => {
    const jobs = toyJobs(8, [toyPolicy('baseline', { realisation: 'client' })]);
    const user = new AbortController();
    let started = 0;
    const cells = async (job: Job): Promise<Generate> =>
      async function* (call, context) {
        started++;
        if (job.sample === 's5') {
          yield text('half', [1]);
          user.abort();
          await new Promise(() => undefined);
        }
        yield* toyGenerate(call, context);
      };
    const config = toyConfig({ concurrency: 1 });
    const { outcome, journal } = toyRun(jobs, { cells, config, signal: user.signal });
    const interrupted = await outcome();
    expect(interrupted).toMatchObject({ status: 'interrupted', progress: { done: 5, total: 8 } });
    expect(exitCodeOf(interrupted)).toBe(130);
    expect(started).toBe(6);
    expect(keys(journal.lines)).toEqual(keys(jobs.slice(0, 5)));
    await outcome({ cells: async () => toyGenerate, signal: new AbortController().signal });
    expect(keys(journal.lines)).toEqual(keys(jobs));
  });

  it('keeps a trial whose scorer hangs', async () => {
    const user = new AbortController();
    const open: Partial<OpenBenchmark> = {
      score: () => {
        setImmediate(() => user.abort());
        return new Promise<never>(() => undefined);
      },
    };
    const { outcome, journal } = toyRun(toyJobs(3, [toyPolicy('baseline')]), { open, signal: user.signal });
    expect(await outcome()).toMatchObject({ status: 'interrupted', progress: { done: 1 } });
    expect(journal.lines).toMatchObject([{ status: 'ok', error: { code: 'E_SCORE' } }]);
  });

  it('before the start plays nothing', async () => {
    const { outcome, journal } = toyRun(toyJobs(3, pair), { signal: AbortSignal.abort() });
    expect(await outcome()).toMatchObject({ status: 'interrupted', progress: { done: 0 } });
    expect(journal.lines).toEqual([]);
  });
});
