import { describe, expect, it } from 'vitest';
import {
  end,
  streamOf,
  text,
  toyConfig,
  toyGenerate,
  toyJobs,
  toyPlayed,
  toyPolicy,
  turnOfLoop,
} from '../../test/crash/toy.ts';
import { type Call, type Generate, hash, type Job, now, type OpenBenchmark, seedOf, TtcError } from '../core/index.ts';
import { play, type Stage } from './play.ts';

const [job] = toyJobs(1, [toyPolicy('baseline')]) as [Job];

const stage = (
  generate: Generate,
  changes: Partial<Stage> & { open?: Partial<OpenBenchmark>; timeout?: number } = {},
) => {
  const { open, timeout, ...rest } = changes;
  return {
    ready: async () => generate,
    benchmark: toyPlayed(1, open, timeout).get('toy'),
    config: toyConfig(),
    signal: new AbortController().signal,
    patience: { afterTimeout: 20, afterAbort: 20 },
    ...rest,
  } satisfies Stage;
};

/** A stream that says one word and then waits until it is told to stop; `heeds` = whether it listens. */
const waiting = (heeds: boolean, started?: () => void): Generate =>
  async function* (_, { signal, meter }) {
    yield text('one', [1]);
    started?.();
    meter.add('passes', 1);
    await new Promise<void>((_resolve, reject) => {
      if (heeds) signal.addEventListener('abort', () => reject(new TtcError('E_ABORTED', 'stopped')));
    }).finally(() => meter.add('freed', 1));
  };

describe('a played trial', () => {
  it('carries the job, the answer, the turn and the counters', async () => {
    const trial = await play(job, stage(toyGenerate));
    expect(trial).toMatchObject({ ...job, schema: 2, status: 'ok', scores: {} });
    expect(trial?.counters.sums).toEqual({ passes: 4, prompt_tokens: 1 });
    expect(trial?.turns).toHaveLength(1);
    const turn = trial?.turns[0];
    expect(turn).toMatchObject({ reason: 'length', tokens: [1, 1, 1, 1], completion_tokens: 4, origin: 'engine' });
    expect(turn?.ids).toHaveLength(4);
    expect(trial?.answer?.text).toHaveLength(16);
    expect(JSON.parse(JSON.stringify(trial))).toEqual(trial);
  });

  it('counts milliseconds from the intended send, the stamps being those of the source', async () => {
    const intended = now() - 5_000_000n;
    const generate = streamOf(
      { type: 'text', at: intended + 7_000_000n, text: 'hm', channel: 'reasoning' },
      { type: 'text', at: intended + 9_500_000n, text: 'yes', channel: 'answer' },
      { type: 'end', at: intended + 11_000_000n, reason: 'stop' },
    );
    const turn = (await play(job, stage(generate), { intended }))?.turns[0];
    expect(turn).toMatchObject({ at: [7, 9.5], first_answer: 9.5, end: 11, reason: 'stop' });
    expect(turn?.sent).toBeGreaterThanOrEqual(5);
    expect(Math.abs(Date.parse(turn?.started_at ?? '') + (turn?.sent ?? 0) - Date.now())).toBeLessThan(2000);
  });

  it('asks with the run’s sampling, a seed per turn and no more tokens than the run allows, the same call whatever the policy', async () => {
    const calls: Call[] = [];
    const spy: Generate = (call, context) => {
      calls.push(call);
      return toyGenerate(call, context);
    };
    const open: Partial<OpenBenchmark> = {
      async play(_, { ask }) {
        await ask([{ role: 'user', content: 'a' }], { stop: ['!'], maxTokens: 20 });
        return ask([{ role: 'user', content: 'b' }], { maxTokens: 5 });
      },
    };
    const config = toyConfig({ temperature: 0.5, sampling: { topK: 3 }, maxTokens: 9 });
    const trial = await play(job, stage(spy, { open, config }));
    expect(calls).toEqual([
      {
        messages: [{ role: 'user', content: 'a' }],
        ...{ maxTokens: 9, temperature: 0.5, sampling: { topK: 3 }, stop: ['!'], seed: seedOf(job.seed, 0) },
        conversation: { id: 'toy/s0/0', turn: 0 },
      },
      {
        messages: [{ role: 'user', content: 'b' }],
        ...{ maxTokens: 5, temperature: 0.5, sampling: { topK: 3 }, seed: seedOf(job.seed, 1) },
        conversation: { id: 'toy/s0/0', turn: 1 },
      },
    ]);
    expect(trial?.turns.map((turn) => turn.call)).toEqual(calls.map(hash));
    const [twin] = toyJobs(1, [toyPolicy('other', { params: { k: 1 } })]) as [Job];
    const other = await play(twin, stage(toyGenerate, { open, config }));
    expect(other?.turns.map((turn) => turn.call)).toEqual(trial?.turns.map((turn) => turn.call));
  });

  it('keeps turns in the order of asking and their counters apart, even where they overlap', async () => {
    const slowFirst: Generate = async function* (call, context) {
      if (call.conversation?.turn === 0) for (let i = 0; i < 20; i++) await turnOfLoop();
      yield* toyGenerate(call, context);
    };
    const open: Partial<OpenBenchmark> = {
      async play(_, { ask }) {
        const answers = await Promise.all(['a', 'b', 'c'].map((content) => ask([{ role: 'user', content }])));
        const texts = answers.map(({ text }) => text);
        return { text: texts.join(), trajectory: texts };
      },
    };
    const trial = await play(job, stage(slowFirst, { open }));
    expect(trial?.turns.map((turn) => turn.completion_tokens)).toEqual([4, 4, 4]);
    expect(trial?.counters.sums).toEqual({ passes: 12, prompt_tokens: 3 });
    const [first, second] = trial?.turns ?? [];
    expect(first?.call).not.toBe(second?.call);
    expect(first?.end).toBeGreaterThan(second?.end ?? 0);
  });

  it('takes tokens from the usage of inner calls where parts have no ids', async () => {
    const call = { attempt: 1, sent: 3, end: 9, outcome: 'ok' } as const;
    const usage = { prompt: 10, completion: 6, reasoning: 2, cached: 8, origin: 'server' } as const;
    const generate: Generate = async function* (_, { meter }) {
      // Of several calls that wrote, the events of what was delivered say how much of it is the answer.
      yield { ...text('a b'), events: 6 };
      meter.call({ ...call, usage });
      meter.call({ ...call, outcome: 'aborted', usage: { ...usage, completion: 3 } });
      yield end();
    };
    const trial = await play(job, stage(generate));
    expect(trial?.turns[0]).toMatchObject({
      ...{ prompt_tokens: 20, completion_tokens: 6, reasoning_tokens: 2, cached_tokens: 16, origin: 'server' },
      ...{ tokens: [0], sent: 3 },
    });
    expect(trial?.turns[0]).not.toHaveProperty('ids');
    expect(trial?.counters.calls).toHaveLength(2);
  });

  it('says so where nobody counted', async () => {
    const trial = await play(job, stage(streamOf(text('12345678'), end())));
    expect(trial?.turns[0]).toMatchObject({ completion_tokens: 2, origin: 'estimate' });
  });
});

describe('a failure is a trial', () => {
  const failing: [string, Generate, string, RegExp][] = [
    ['no end part', streamOf(text('a')), 'E_BACKEND', /without an end part/],
    ['a part after the end', streamOf(text('a'), end(), text('b')), 'E_BACKEND', /text part came after the end/],
    ['two end parts', streamOf(text('a'), end(), end()), 'E_BACKEND', /end part came after the end/],
    ['an error of ours', throwing(new TtcError('E_CONTEXT', 'too long')), 'E_CONTEXT', /too long/],
    ['an error of anyone', throwing(new TypeError('boom')), 'E_BACKEND', /boom/],
    ['something thrown that is no error', throwing('odd'), 'E_BACKEND', /odd/],
  ];
  it.each(failing)('%s', async (_, generate, code, message) => {
    const trial = await play(job, stage(generate));
    expect(trial).toMatchObject({ status: 'failed', error: { code, message: expect.stringMatching(message) } });
    expect(trial).not.toHaveProperty('answer');
  });

  it('keeps what had arrived', async () => {
    const trial = await play(job, stage(streamOf(text('a', [1]), text('b', [2]))));
    expect(trial?.turns[0]).toMatchObject({ tokens: [1, 1], ids: [1, 2], completion_tokens: 2 });
    expect(trial?.turns[0]).not.toHaveProperty('reason');
  });

  it('stands even where the benchmark swallows it', async () => {
    const open: Partial<OpenBenchmark> = {
      async play(_, { ask }) {
        return ask([]).catch(() => ({ text: 'made up' }));
      },
    };
    expect(await play(job, stage(streamOf(text('a')), { open }))).toMatchObject({ status: 'failed' });
  });

  it.each([
    ['no answer', undefined],
    ['an answer without text', { text: 5 }],
  ])('a benchmark that gives %s', async (_, answer) => {
    const open = { play: async () => answer as never };
    expect(await play(job, stage(toyGenerate, { open }))).toMatchObject({ error: { code: 'E_BENCHMARK' } });
  });

  it.each([
    ['benchmark', { benchmark: undefined }, job],
    ['sample', {}, { ...job, sample: 'nowhere' }],
  ])('an unknown %s', async (_, change, unknown) => {
    expect(await play(unknown, stage(toyGenerate, change))).toMatchObject({ error: { code: 'E_BENCHMARK' } });
  });

  it('a cell that cannot be played is unsupported, a cell that breaks is failed', async () => {
    const cell = (code: 'E_CAPABILITY' | 'E_NO_REALISATION' | 'E_ENGINE_DIED') => async () => {
      throw new TtcError(code, 'no');
    };
    expect(await play(job, stage(toyGenerate, { ready: cell('E_CAPABILITY') }))).toMatchObject({
      status: 'unsupported',
      error: { code: 'E_CAPABILITY' },
      turns: [],
    });
    expect(await play(job, stage(toyGenerate, { ready: cell('E_NO_REALISATION') }))).toMatchObject({
      status: 'unsupported',
    });
    expect(await play(job, stage(toyGenerate, { ready: cell('E_ENGINE_DIED') }))).toMatchObject({ status: 'failed' });
  });

  it('a call after the end of the trial is refused', async () => {
    let late: Promise<unknown> | undefined;
    const open: Partial<OpenBenchmark> = {
      async play(_, { ask }) {
        setImmediate(() => setImmediate(() => (late = ask([]))));
        return { text: 'early' };
      },
    };
    const trial = await play(job, stage(toyGenerate, { open }));
    while (!late) await turnOfLoop();
    await expect(late).rejects.toThrow(/after the trial had ended/);
    expect(trial).toMatchObject({ status: 'ok', turns: [] });
  });
});

describe('the timeout of a trial', () => {
  /** Seconds in which the first part comes on a busy machine, too. */
  const calm = 0.5;

  it('ends a stream that heeds its signal, with its counters', async () => {
    const stuck: Job[] = [];
    const trial = await play(
      job,
      stage(waiting(true), {
        timeout: calm,
        patience: { afterTimeout: 60_000, afterAbort: 60_000 },
        stuck: (it) => stuck.push(it),
      }),
    );
    expect(trial).toMatchObject({ status: 'failed', error: { code: 'E_TIMEOUT' } });
    expect(trial?.counters.sums).toEqual({ passes: 1, freed: 1 });
    expect(trial?.turns[0]).toMatchObject({ ids: [1] });
    expect(stuck).toEqual([]);
  });

  it('ends a stream that never yields, and names its job', async () => {
    const stuck: Job[] = [];
    const trial = await play(job, stage(waiting(false), { timeout: 0.02, stuck: (it) => stuck.push(it) }));
    expect(trial).toMatchObject({ status: 'failed', error: { code: 'E_TIMEOUT' } });
    expect(stuck).toEqual([job]);
  });

  it('ends a benchmark that does not heed it', async () => {
    const open = { play: () => new Promise<never>(() => undefined) };
    expect(await play(job, stage(toyGenerate, { open, timeout: 0.02 }))).toMatchObject({
      error: { code: 'E_TIMEOUT' },
      turns: [],
    });
  });

  it('drops parts that come after it', async () => {
    const stubborn: Generate = async function* (_, { signal }) {
      yield text('a', [1]);
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      yield text('late', [2]);
      yield end();
    };
    const patience = { afterTimeout: 60_000, afterAbort: 60_000 };
    const trial = await play(job, stage(stubborn, { timeout: calm, patience }));
    expect(trial).toMatchObject({ status: 'failed', error: { code: 'E_TIMEOUT' } });
    expect(trial?.turns[0]?.ids).toEqual([1]);
  });
});

describe('the user’s abort', () => {
  it.each([
    ['heeds it', true],
    ['does not', false],
  ])('leaves no trial, whether or not the stream %s', async (_, heeds) => {
    const user = new AbortController();
    const generate = waiting(heeds as boolean, () => user.abort());
    expect(await play(job, stage(generate, { signal: user.signal }))).toBeUndefined();
  });

  it('does not start a stream', async () => {
    let started = 0;
    const generate: Generate = (call, context) => {
      started++;
      return toyGenerate(call, context);
    };
    expect(await play(job, stage(generate, { signal: AbortSignal.abort() }))).toBeUndefined();
    expect(started).toBe(0);
  });

  it('cuts the wait for a stream that hangs after its timeout', async () => {
    const user = new AbortController();
    const patience = { afterTimeout: 1e9, afterAbort: 20 };
    const hanging: Generate = (call, context) => {
      context.signal.addEventListener('abort', () => setImmediate(() => user.abort()));
      return waiting(false)(call, context);
    };
    const playing = play(job, stage(hanging, { timeout: 0.01, signal: user.signal, patience }));
    expect(await playing).toMatchObject({ status: 'failed', error: { code: 'E_TIMEOUT' } });
  });
});

function throwing(error: unknown): Generate {
  // biome-ignore lint/correctness/useYield: fails before its first part
  return async function* () {
    await turnOfLoop();
    throw error;
  };
}
