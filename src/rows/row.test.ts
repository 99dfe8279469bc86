import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { madeUpRows } from '../../test/support/made-up-run.ts';
import type { Sample, Trial } from '../core/index.ts';
import { metrics, userMetric } from '../metrics/index.ts';
import {
  countOf,
  createMeasure,
  describeRow,
  inOrder,
  inPairs,
  measuredValue,
  measureTrials,
  type Row,
} from './index.ts';

const sample: Sample = { id: 's', prompt: '', reference: 'the cat', family: 'cats' };
const samples = new Map([['b', new Map([['s', sample]])]]);

const trial = (changes: Partial<Trial> = {}, policy_name = 'p'): Trial => {
  const cell = { benchmark: 'b', policy_name, realisation: 'engine', backend: 'ggml', model: 'm' } as const;
  return {
    ...{ schema: 2, key: `${policy_name} k`, cell: { ...cell, fidelity: 'lossy' }, params: { a: 1 }, block: 'x' },
    ...{ sample: 's', repeat: 0, seed: 7, status: 'ok', ended_at: '2026-01-01T00:00:01.000Z', wall_ms: 90 },
    answer: { text: 'the cat sat' },
    turns: [
      {
        ...{ call: 'c', started_at: '2026-01-01T00:00:00.000Z', start: 0, sent: 2, at: [30, 40], tokens: [1, 1] },
        ...{ end: 62, reason: 'stop', ids: [4, 5], prompt_tokens: 9, completion_tokens: 2, origin: 'engine' },
      },
    ],
    counters: {
      sums: { passes: 3, mine: 2, queue_ms: 1 },
      tallies: { exit_layer: { 3: 2, 5: 4 }, no_room: { 2900: 1, 3100: 1 } },
      calls: [],
    },
    scores: { exact_match: 0, tone: 0.5 },
    ...changes,
  };
};

async function rowOf(
  given: Trial,
  about: Partial<Parameters<typeof createMeasure>[0]> = {},
  twin?: Trial,
): Promise<Row> {
  return (await createMeasure({ run: 'runs/r', samples, ...about }).measure(given, twin)).row;
}

describe('a row', () => {
  it('says which trial it is of, what was measured, and what was counted', async () => {
    const row = await rowOf(trial());
    expect(row).toMatchObject({
      ...{ run: 'runs/r', trial_key: 'p k', benchmark: 'b', family: 'cats', sample_id: 's', policy_name: 'p' },
      ...{ realisation: 'engine', fidelity: 'lossy', backend: 'ggml', model: 'm', repeat: 0, seed: 7, block: 'x' },
      ...{ status: 'ok', params: '{"a":1}', replays: 0, unscored: false, end_reason: 'stop', counted_by: 'engine' },
      ...{ started_at: '2026-01-01T00:00:00.000Z', ended_at: '2026-01-01T00:00:01.000Z', wall_ms: 90, busy_ms: 60 },
      ...{ generation_time: 62, exact_match: 0, completion_tokens: 2, counter_passes: 3, counter_queue_ms: 1 },
      ...{ scores: { tone: 0.5 }, other_counters: { mine: 2 }, tallies: { exit_layer: 6, no_room: 2 } },
      ...{ no_room_least: 2900, no_room_most: 3100, own_metrics: {} },
    });
    expect(countOf(row, 'passes') + countOf(row, 'mine') + countOf(row, 'exit_layer') + countOf(row, 'none')).toBe(11);
  });

  it('holds no text, no token and no time of a token', async () => {
    const text = 'a sentence that stands nowhere else';
    const written = JSON.stringify(await rowOf(trial({ answer: { text }, scores: {} })));
    expect(written).not.toContain(text);
    expect(Object.values(JSON.parse(written)).some(Array.isArray)).toBe(false);
  });

  it('has the columns that are described and no others, and is the same after JSON', async () => {
    const described = describeRow({ drafted: 'tokens that were drafted' });
    const names = described.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining([...metrics.map(({ name }) => name), 'counter_drafted', 'scores']));
    for (const { about } of described) expect(about).toMatch(/\w.*\.$/s);
    for (const row of [...(await madeUpRows()), await rowOf(trial())]) {
      expect(Object.keys(row).filter((name) => !names.includes(name))).toEqual([]);
      expect(JSON.parse(JSON.stringify(row))).toEqual(row);
    }
  });

  it('keeps a number of the user’s own, or of a benchmark, apart from the columns whose name it has', async () => {
    const extra = [userMetric('events', () => 5, { unit: 'count' })];
    const row = await rowOf(trial({ scores: { block: 0.25 } }), { extra });
    expect([row.block, row.events]).toEqual(['x', 2]);
    expect(measuredValue(row, 'events')).toBe(5);
    expect(measuredValue(row, 'block')).toBe(0.25);
    expect(measuredValue(row, 'generation_time')).toBe(62);
  });

  it('of fewer columns has the same metrics', async () => {
    const all = await rowOf(trial());
    const few = await rowOf(trial(), { columns: new Set(['policy_name', 'counter_passes']) });
    expect(few).not.toHaveProperty('model');
    expect(few).not.toHaveProperty('counter_queue_ms');
    expect(few).toMatchObject({ policy_name: 'p', counter_passes: 3, other_counters: { mine: 2 } });
    for (const { name } of metrics) expect(few[name], name).toBe(all[name]);
  });

  it('is made of whatever a damaged line left', async () => {
    const broken = trial({ turns: [{}] as unknown as Trial['turns'], params: null as unknown as Trial['params'] });
    expect(await rowOf(broken)).toMatchObject({ policy_name: 'p', status: 'ok', params: 'null' });
  });
});

describe('the baseline’s trial', () => {
  const order = [
    trial({ sample: 's' }),
    trial({ sample: 't', repeat: 0 }, 'q'),
    trial({ sample: 's', turns: trial().turns.map((turn) => ({ ...turn, ids: [4, 6] })) }, 'q'),
    trial({ sample: 's' }, 'baseline'),
    trial({ sample: 's', repeat: 1 }),
  ];
  it('is that of the same sample and repeat, in whatever order they were played', async () => {
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(order, { minLength: order.length }), async (trials) => {
        const found = new Map<string, unknown>();
        const measure = createMeasure({ run: 'r', samples });
        for await (const { row } of measureTrials(inPairs(trials), measure))
          found.set(`${row.policy_name} ${row.sample_id} ${row.repeat}`, row.agreement);
        expect(Object.fromEntries(found)).toEqual({
          ...{ 'baseline s 0': undefined, 'p s 0': 1, 'q s 0': 0, 'q t 0': undefined, 'p s 1': undefined },
        });
      }),
    );
  });
});

describe('the order of cells', () => {
  it('is the baseline, the policies as they were given, what nobody gave, the noise floor', () => {
    const order = { benchmarks: ['b', 'a'], policies: ['x[k=0.5]', 'x[k=10]', 'x[k=2]'] };
    const given = ['baseline_again', 'x[k=2]', 'stranger', 'x[k=10]', 'baseline', 'x[k=0.5]'];
    const cells = ['a', 'c', 'b'].flatMap((benchmark) => given.map((policy_name) => ({ benchmark, policy_name })));
    const sorted = inOrder(cells, (cell) => cell, order).map((cell) => `${cell.benchmark} ${cell.policy_name}`);
    const wanted = ['baseline', 'x[k=0.5]', 'x[k=10]', 'x[k=2]', 'stranger', 'baseline_again'];
    expect(sorted).toEqual(['b', 'a', 'c'].flatMap((benchmark) => wanted.map((name) => `${benchmark} ${name}`)));
  });
});
