import { expect, it } from 'vitest';
import { trialOf } from '../../test/crash/folder.ts';
import { toyGenerate, toyJobs, toyPolicy, toyRun } from '../../test/crash/toy.ts';
import { type ErrorCode, type Generate, type Job, type Trial, TtcError } from '../core/index.ts';
import { watchServer } from './outage.ts';
import { exitCodeOf } from './run.ts';

const failed = (key: string, code: ErrorCode = 'E_CONNECT', changes: Partial<Trial> = {}) =>
  trialOf(key, { status: 'failed', answer: undefined, error: { code, message: 'refused' }, ...changes });
const turn = { call: 'c' } as Trial['turns'][number];
const answered = (key: string) => trialOf(key, { turns: [turn] });
const keys = (trials: readonly Trial[]) => trials.map(({ key }) => key);

function watched() {
  let milliseconds = 0;
  const outage = watchServer({ trials: 3, milliseconds: 100 }, () => BigInt(milliseconds * 1e6));
  const pass = (more: number) => {
    milliseconds += more;
  };
  return { ...outage, pass };
}

it('a server is gone when as many trials in a row could not connect over that time', () => {
  const { take, stop, rest, pass } = watched();
  for (const key of ['a', 'b', 'c', 'd']) expect(take(failed(key))).toEqual([]);
  expect(stop()).toBeUndefined();
  pass(100);
  take(failed('e'));
  expect(stop()).toEqual({ code: 'server_gone', cause: 'refused' });
  expect(rest()).toEqual([]);
});

it('few failures, or an answer among them, are no outage, and the failures are kept', () => {
  const { take, stop, rest, pass } = watched();
  take(failed('a'));
  take(failed('b'));
  pass(1000);
  expect(keys(take(answered('c')))).toEqual(['a', 'b', 'c']);
  take(failed('d'));
  pass(1000);
  take(failed('e'));
  expect(stop()).toBeUndefined();
  expect(keys(rest())).toEqual(['d', 'e']);
});

it('a refusal is an answer; a timeout and a policy that cannot be played say nothing', () => {
  const { take, stop, pass } = watched();
  take(failed('a'));
  pass(1000);
  expect(keys(take(failed('b', 'E_TIMEOUT')))).toEqual(['b']);
  expect(keys(take(failed('c', 'E_CAPABILITY', { status: 'unsupported' })))).toEqual(['c']);
  take(failed('d'));
  const record = { attempt: 1, sent: 0, end: 1, outcome: 'failed' as const, status: 503 };
  const refused = failed('e', 'E_SERVER', { counters: { sums: {}, tallies: {}, calls: [record] } });
  expect(keys(take(refused))).toEqual(['a', 'd', 'e']);
  take(failed('f'));
  expect(stop()).toBeUndefined();
});

const jobs = toyJobs(30, [toyPolicy('baseline', { realisation: 'client' })]);
const limits = { outage: { trials: 16, milliseconds: 0 } };
// biome-ignore lint/correctness/useYield: it has nothing to give
const gone: Generate = async function* () {
  throw new TtcError('E_CONNECT', 'connection refused');
};

it('a run whose server goes away stops with its cause, keeps none of the failures, and goes on when it is back', async () => {
  const before = new Set(jobs.slice(0, 5));
  const cells = async (job: Job): Promise<Generate> => (before.has(job) ? toyGenerate : gone);
  const { outcome, journal } = toyRun(jobs, { ...limits, cells });
  const first = await outcome();
  expect(first).toMatchObject({ status: 'stopped', stop: { code: 'server_gone', cause: 'connection refused' } });
  expect(first.progress).toMatchObject({ done: 5, failed: 0 });
  expect(exitCodeOf(first)).toBe(3);
  expect(journal.lines.every(({ status }) => status === 'ok')).toBe(true);
  expect(journal.lines).toHaveLength(5);
  const second = await outcome({ cells: async () => toyGenerate });
  expect(second).toMatchObject({ status: 'complete', progress: { done: 30, failed: 0 } });
});

it('failures to connect that are too few for an outage are trials that failed', async () => {
  const lost = new Set(['s3', 's4', 's29']);
  const cells = async ({ sample }: Job): Promise<Generate> => (lost.has(sample) ? gone : toyGenerate);
  const { outcome, journal } = toyRun(jobs, { ...limits, cells });
  expect(await outcome()).toMatchObject({ status: 'complete', progress: { done: 30, failed: 3 } });
  expect(journal.lines).toHaveLength(30);
});

it.each(['engine', 'client'] as const)(
  'a %s that became another one ends the run, and its trial is none',
  async (realisation) => {
    const all = toyJobs(6, [toyPolicy('baseline', { realisation })]);
    const last = all.at(-1)?.key;
    const cells = async ({ key }: Job): Promise<Generate> => {
      if (key === last) throw new TtcError('E_CHANGED', 'tiny8.gguf was replaced');
      return toyGenerate;
    };
    const { outcome, journal } = toyRun(all, { cells });
    await expect(outcome()).rejects.toMatchObject({ code: 'E_CHANGED', message: 'tiny8.gguf was replaced' });
    expect(keys(journal.lines)).not.toContain(last);
    expect(journal.lines.every(({ status }) => status === 'ok')).toBe(true);
    expect(journal.lines.length).toBeGreaterThan(0);
  },
);
