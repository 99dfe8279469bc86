/** What a benchmark may do with its session: ask, act, and let calls fail. */
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
import {
  type Capability,
  type Generate,
  type Job,
  now,
  type OpenBenchmark,
  type Part,
  TtcError,
} from '../core/index.ts';
import { play, type Stage } from './play.ts';

const [job] = toyJobs(1, [toyPolicy('baseline')]) as [Job];
const question = [{ role: 'user' as const, content: 'a' }];

function playing(
  benchmark: OpenBenchmark['play'],
  {
    generate = toyGenerate,
    timeout,
    intended,
    ...changes
  }: Partial<Stage> & { generate?: Generate; timeout?: number; intended?: bigint } = {},
) {
  const stage: Stage = {
    ready: () => generate,
    benchmark: toyPlayed(1, { play: benchmark }, timeout).get('toy'),
    config: toyConfig(),
    signal: new AbortController().signal,
    patience: { afterTimeout: 20, afterAbort: 20 },
    ...changes,
  };
  return play(job, stage, intended === undefined ? {} : { intended });
}

const failing: Generate = async function* () {
  yield text('half', [1]);
  throw new TtcError('E_SERVER', 'the server is down');
};

describe('a reply', () => {
  it('has text, reasoning and why it ended', async () => {
    const replies: unknown[] = [];
    const generate = streamOf(text('hm', [1], 'reasoning'), text('ye', [2]), text('s', [3]), end());
    const trial = await playing(
      async (_, { ask }) => {
        const reply = await ask(question);
        replies.push(reply);
        return reply;
      },
      { generate },
    );
    expect(replies).toEqual([{ text: 'yes', reasoning: 'hm', toolCalls: [], reason: 'stop' }]);
    expect(trial?.answer).toEqual({ text: 'yes' });
    expect(trial?.turns[0]).toMatchObject({ texts: ['hm', 'ye', 's'], reasoning: [0] });
  });

  it('has the tool calls, in their order, each with an id that its result can name', async () => {
    const part = (index: number, piece: string, more: object = {}): Part => ({
      ...{ type: 'tool', at: now(), index, arguments: piece },
      ...more,
    });
    const generate = streamOf(part(1, '{}', { name: 'g' }), part(0, '{"n"', { id: 'x', name: 'f' }), part(0, ':1}'), {
      type: 'end',
      at: now(),
      reason: 'tools',
    });
    const tools = [{ name: 'f', description: '', parameters: {} }];
    const capabilities = new Set<Capability>(['tools']);
    const trial = await playing(
      async (_, { ask }) => {
        await ask(question);
        const { toolCalls, reason } = await ask(question, { tools });
        return { text: JSON.stringify([toolCalls, reason]) };
      },
      { generate, capabilities },
    );
    const calls = [
      { id: 'x', name: 'f', arguments: '{"n":1}' },
      { id: 'call_1_1', name: 'g', arguments: '{}' },
    ];
    expect(JSON.parse(trial?.answer?.text ?? '')).toEqual([calls, 'tools']);
    expect(trial?.turns[1]).toMatchObject({ tool_calls: calls, tool_parts: [0, 1, 2], texts: ['{}', '{"n"', ':1}'] });
    expect(trial?.turns[1]).not.toHaveProperty('first_answer');
  });
});

describe('a call that fails', () => {
  it('fails the trial even where the benchmark goes on, and is on record on its turn', async () => {
    const trial = await playing(async (_, { ask }) => ask(question).catch(() => ({ text: 'made up' })), {
      generate: failing,
    });
    expect(trial).toMatchObject({ status: 'failed', error: { code: 'E_SERVER' } });
    expect(trial?.turns).toMatchObject([{ error: { code: 'E_SERVER', message: 'the server is down' } }]);
  });

  it('does not where it may fail; its turn says so all the same', async () => {
    const trial = await playing(
      async (_, { ask }) => ask(question, { mayFail: true }).catch(() => ({ text: 'another way' })),
      { generate: failing },
    );
    expect(trial).toMatchObject({ status: 'ok', answer: { text: 'another way' } });
    expect(trial?.turns).toMatchObject([{ texts: ['half'], error: { code: 'E_SERVER' } }]);
  });

  it('counts even where nobody waits for it', async () => {
    const trial = await playing(
      async (_, { ask }) => {
        ask(question).catch(() => undefined);
        return { text: 'at once' };
      },
      { generate: failing },
    );
    expect(trial).toMatchObject({ status: 'failed', error: { code: 'E_SERVER' } });
  });

  it('for want of tools makes the trial unsupported, and nothing was sent', async () => {
    let sent = 0;
    const generate: Generate = (call, context) => {
      sent++;
      return toyGenerate(call, context);
    };
    const tools = [{ name: 'f', description: '', parameters: {} }];
    const offered = await playing(async (_, { ask }) => ask(question, { tools }), { generate });
    expect(offered).toMatchObject({ status: 'unsupported', error: { code: 'E_CAPABILITY' }, turns: [] });
    const result = { role: 'tool' as const, id: 'x', content: '5' };
    const answered = await playing(async (_, { ask }) => ask([...question, result]), { generate });
    expect(answered).toMatchObject({ status: 'unsupported' });
    expect(sent).toBe(0);
  });
});

describe('an action', () => {
  it('gives what it gave, and stands in the trial with its times', async () => {
    const trial = await playing(async (_, { ask, act }) => {
      const { text: query } = await ask(question);
      const rows = await act('query', { query, limit: 2 }, async () => {
        await turnOfLoop();
        return [1, 2];
      });
      return { text: rows.join() };
    });
    expect(trial?.answer?.text).toBe('1,2');
    const [action] = trial?.actions ?? [];
    expect(action).toMatchObject({ name: 'query', output: '[1,2]' });
    expect(JSON.parse(action?.input ?? '')).toMatchObject({ limit: 2 });
    expect(action?.start).toBeGreaterThanOrEqual(trial?.turns[0]?.end ?? 0);
    expect(action?.end).toBeGreaterThan(action?.start ?? 0);
    expect(trial?.wall_ms).toBeGreaterThanOrEqual(action?.end ?? 0);
    expect(JSON.parse(JSON.stringify(trial))).toEqual(trial);
  });

  it('that throws is on record, and its error is the benchmark’s', async () => {
    const caught = await playing(async (_, { act }) => {
      const given = await act('query', 'select 1', () => Promise.reject(new Error('no such table'))).catch(
        (error: Error) => error.message,
      );
      return { text: String(given) };
    });
    expect(caught).toMatchObject({ status: 'ok', answer: { text: 'no such table' } });
    expect(caught?.actions).toMatchObject([
      { input: 'select 1', error: { code: 'E_BENCHMARK', message: 'no such table' } },
    ]);
    expect(caught?.actions?.[0]).not.toHaveProperty('output');
    const thrown = await playing(async (_, { act }) => {
      await act('query', '', () => {
        throw new Error('at once');
      });
      return { text: '' };
    });
    expect(thrown).toMatchObject({ status: 'failed', error: { message: 'at once' }, actions: [{ name: 'query' }] });
  });

  it('ends with the trial, also where it does not heed the signal', async () => {
    const signals: AbortSignal[] = [];
    const trial = await playing(
      async (_, { act }) => ({
        text: await act('forever', '', (signal) => {
          signals.push(signal);
          return new Promise<never>(() => undefined);
        }),
      }),
      { timeout: 0.02 },
    );
    expect(trial).toMatchObject({ status: 'failed', error: { code: 'E_TIMEOUT' } });
    expect(trial?.actions).toMatchObject([{ name: 'forever', error: { code: 'E_TIMEOUT' } }]);
    expect(signals[0]?.aborted).toBe(true);
  });

  it('begins the trial where it comes before the first call', async () => {
    // Long enough ago that no pause of a busy machine is as long.
    const scheduled = now() - 60_000_000_000n;
    const trial = await playing(
      async (_, { ask, act }) => {
        await act('prepare', '', turnOfLoop);
        return ask(question);
      },
      { intended: scheduled },
    );
    expect(trial?.actions?.[0]?.start).toBeGreaterThanOrEqual(60_000);
    expect(trial?.turns[0]?.start).toBeGreaterThanOrEqual(trial?.actions?.[0]?.end ?? 0);
    // A call is not late for what the trial did before it.
    expect(trial?.turns[0]?.sent).toBeLessThan(60_000);
    expect(trial?.wall_ms).toBeGreaterThan(60_000);
  });

  it('alone makes a trial with a time and no turns', async () => {
    const trial = await playing(async (_, { act }) => ({ text: await act('only', 1, () => 'x') }));
    expect(trial).toMatchObject({ status: 'ok', turns: [], actions: [{ input: '1', output: 'x' }] });
    expect(trial?.wall_ms).toBeGreaterThan(0);
  });

  it('keeps 4,000 characters of what went in and came out, whatever it was', async () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    const trial = await playing(async (_, { act }) => {
      await act('large', 'x'.repeat(5000), () => ({ rows: 'y'.repeat(5000) }));
      await act('odd', cycle, () => 5n);
      await act('nothing', undefined, () => undefined);
      return { text: '' };
    });
    const kept = trial?.actions?.map(({ input, output }) => [input.length, output?.length]);
    expect(kept).toEqual([
      [4000, 4000],
      ['[object Object]'.length, 1],
      [0, 0],
    ]);
  });

  it('after the end of the trial is refused', async () => {
    let late: Promise<unknown> | undefined;
    await playing(async (_, { act }) => {
      setImmediate(() => setImmediate(() => (late = act('late', '', () => 1))));
      return { text: 'early' };
    });
    while (!late) await turnOfLoop();
    await expect(late).rejects.toThrow(/late was begun after the trial had ended/);
  });
});

describe('the timeline of a turn', () => {
  const marked = streamOf(
    { ...text('a', [1]), marks: [{ layer: 3 }] } as Part,
    text('b', [2]),
    { ...text('cd', [3, 4]), marks: [{}, { layer: 5, drafted: 2 }] } as Part,
    text('e', [5]),
    end(),
  );
  const answer: OpenBenchmark['play'] = async (_, { ask }) => ask(question);

  it('has the text of each part and the marks of each token, by kind', async () => {
    const turn = (await playing(answer, { generate: marked }))?.turns[0];
    expect(turn).toMatchObject({ texts: ['a', 'b', 'cd', 'e'], tokens: [1, 1, 2, 1], ids: [1, 2, 3, 4, 5] });
    expect(turn?.marks).toEqual({ layer: [3, null, null, 5, null], drafted: [null, null, null, 2, null] });
  });

  it('may be its times alone', async () => {
    const turn = (await playing(answer, { generate: marked, timeline: 'times' }))?.turns[0];
    expect(turn).toMatchObject({ tokens: [1, 1, 2, 1], ids: [1, 2, 3, 4, 5] });
    for (const field of ['texts', 'marks', 'reasoning', 'tool_parts']) expect(turn).not.toHaveProperty(field);
  });
});
