import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { call, sample, trial, turn, valuesOf } from '../../test/support/measured-trial.ts';
import type { CallRecord, Metric, Trial } from '../core/index.ts';
import { computeMetrics } from './compute-metrics.ts';
import { metricsPage } from './metrics-page.ts';
import { objectivesOf } from './objectives.ts';
import { createPatience } from './patience.ts';
import { metrics } from './registry.ts';
import { userMetric } from './user-metric.ts';

const withCalls = (...calls: CallRecord[]) => trial({ counters: { sums: {}, tallies: {}, calls } });

describe('objectives', () => {
  const objectives = objectivesOf({ first_token_latency: 30, throughput: 40 }, metrics);
  it('is 1 where all are kept, a limit itself included, and 0 where one is not', async () => {
    // 3 tokens in 60 ms: 50 a second.
    expect((await valuesOf(trial(), { objectives })).slo_attainment).toBe(1);
    const late = trial({ turns: [turn({ at: [31, 40, 55] })] });
    expect((await valuesOf(late, { objectives })).slo_attainment).toBe(0);
    const slow = trial({ turns: [turn({ end: 200 })] });
    expect((await valuesOf(slow, { objectives })).slo_attainment).toBe(0);
  });
  it('is 0 for a failed trial, and missing without objectives or without anything to judge', async () => {
    const failed = trial({ status: 'failed', answer: undefined, error: { code: 'E_STREAM', message: 'broke' } });
    expect(await valuesOf(failed, { objectives })).toEqual({ reward: 0, slo_attainment: 0 });
    expect(await valuesOf(trial({ status: 'unsupported' }), { objectives })).toEqual({});
    expect(await valuesOf(trial())).not.toHaveProperty('slo_attainment');
    const queue = objectivesOf({ queue_time: 5 }, metrics);
    expect(await valuesOf(trial(), { objectives: queue })).not.toHaveProperty('slo_attainment');
  });
  it('does not hold a missing value against a trial, and sees user metrics and scores', async () => {
    const one = trial({ turns: [turn({ at: [30], tokens: [1], completion_tokens: 1, end: 31 })] });
    const gaps = objectivesOf({ first_token_latency: 30, inter_token_p99: 1 }, metrics);
    expect((await valuesOf(one, { objectives: gaps })).slo_attainment).toBe(1);
    const brevity = userMetric('brevity', (text) => 1 / text.length);
    const brief = objectivesOf({ brevity: 0.5 }, [...metrics, brevity]);
    expect((await computeMetrics(trial(), { sample, objectives: brief }, [brevity])).values.slo_attainment).toBe(0);
  });
  it('refuses what has no good side and what is unknown', () => {
    expect(() => objectivesOf({ prompt_tokens: 5 }, metrics)).toThrow(/neither more nor less/);
    expect(() => objectivesOf({ first_token: 5 }, metrics)).toThrow(/no such metric/);
  });
});

describe('truncated', () => {
  it('is 1 where any answer was cut at the token limit, and missing where none says why it ended', async () => {
    const cut = turn({ reason: 'length' });
    expect((await valuesOf(trial({ turns: [cut, turn()] }))).truncated).toBe(1);
    expect((await valuesOf(trial())).truncated).toBe(0);
    const { reason: _, ...silent } = turn();
    expect(await valuesOf(trial({ turns: [silent] }))).not.toHaveProperty('truncated');
  });
});

describe('what an entry says of itself', () => {
  it('is enough for blocks: every time and rate that a queue spoils says so', () => {
    const silent = metrics.filter(({ unit, inBlocks }) => ['ms', 'tokens/s'].includes(unit) && !inBlocks);
    // Built graphs take no longer for a wait.
    expect(silent.map(({ name }) => name)).toEqual(['graph_build_ms']);
  });
  it('is enough for tables: each column has a title and a place of its own', () => {
    const columns = metrics.flatMap(({ column }) => column ?? []);
    expect(new Set(columns.map(({ title }) => title)).size).toBe(columns.length);
    expect(new Set(columns.map(({ order }) => order)).size).toBe(columns.length);
  });
});

describe('latency', () => {
  it('counts from the intended send, so a late send makes nothing faster', async () => {
    const early = await valuesOf(trial());
    const late = await valuesOf(trial({ turns: [turn({ sent: 20 })] }));
    expect(early).toMatchObject({
      first_token_latency: 30,
      first_answer_latency: 40,
      generation_time: 62,
      send_slip: 2,
    });
    expect(late).toMatchObject({ first_token_latency: 30, generation_time: 62, send_slip: 20 });
  });
  it('spreads the time between first and last token over all tokens but one', async () => {
    expect((await valuesOf(trial())).avg_token_latency).toBe(12.5); // (55 − 30) / 2
    // Five tokens in three bursts: (55 − 30) / 4.
    expect((await valuesOf(trial({ turns: [turn({ tokens: [1, 3, 1] })] }))).avg_token_latency).toBe(6.25);
    // Parts that do not tell: the source's count.
    const unknown = turn({ tokens: [0, 0, 0], completion_tokens: 6 });
    expect((await valuesOf(trial({ turns: [unknown] }))).avg_token_latency).toBe(5);
  });
  it('has no token latency for an answer of one token', async () => {
    const values = await valuesOf(trial({ turns: [turn({ at: [30], tokens: [1], completion_tokens: 1 })] }));
    expect(values).not.toHaveProperty('avg_token_latency');
    expect(values).not.toHaveProperty('inter_token_p99');
  });
  it('finds the gap that 99 of 100 gaps do not exceed', async () => {
    const at = Array.from({ length: 101 }, (_, i) => 10 * i + (i === 100 ? 500 : 0) + (i >= 50 ? 100 : 0));
    const values = await valuesOf(trial({ turns: [turn({ at, tokens: at.map(() => 1) })] }));
    expect(values.inter_token_p99).toBe(110); // 98 gaps of 10, one of 110, one of 510
  });
  it('tokens that arrive together wait once', async () => {
    // Two bursts of 60 after the first token: 2 gaps of 120 tokens are 1.7 %, so the 99th percentile is one of them;
    // of 1,201 tokens in two bursts they are 0.17 %, and it is not.
    const burst = (size: number) => turn({ at: [0, 50, 100], tokens: [1, size, size] });
    expect((await valuesOf(trial({ turns: [burst(60)] }))).inter_token_p99).toBe(50);
    expect((await valuesOf(trial({ turns: [burst(600)] }))).inter_token_p99).toBe(0);
    const events = (size: number) => turn({ at: [0, 50, 100], tokens: [0, 0, 0], events: [1, size, size] });
    expect((await valuesOf(trial({ turns: [events(60)] }))).inter_token_p99).toBe(50);
    expect((await valuesOf(trial({ turns: [events(600)] }))).inter_token_p99).toBe(0);
  });
  it('goes to the end of the last call, what lies between calls included', async () => {
    const values = await valuesOf(trial({ turns: [turn(), turn({ start: 62, end: 100, sent: 1 })] }));
    expect(values).toMatchObject({ generation_time: 162, first_token_latency: 30, completion_tokens: 6, send_slip: 3 });
    const tool = { name: 'query', started_at: '', start: 62, end: 362, input: '' };
    const agent = trial({ turns: [turn(), turn({ start: 400 })], actions: [tool], wall_ms: 500 });
    expect(await valuesOf(agent)).toMatchObject({
      ...{ generation_time: 462, wall_time: 500, action_time: 300, actions: 1, turns: 2 },
      // 2 × 3 tokens in 2 × 60 ms of calls: the tool is not in the rate.
      throughput: 50,
    });
  });
  it('counts calls that overlap once', async () => {
    const both = trial({ turns: [turn(), turn({ start: 10 }), turn({ start: 20, end: 30 })] });
    // From 2 (the first is sent) to 72 (the second ends): 9 tokens in 70 ms.
    expect(await valuesOf(both)).toMatchObject({ generation_time: 72, throughput: 9 / 0.07 });
    const turnedRound = trial({ turns: both.turns.toReversed() });
    expect((await valuesOf(turnedRound)).throughput).toBe(9 / 0.07);
  });
  it('has no time of an older trial that did not write it down, and no action where there was none', async () => {
    expect(await valuesOf(trial())).not.toHaveProperty('wall_time');
    expect(await valuesOf(trial())).toMatchObject({ actions: 0, action_time: 0, turns: 1 });
    expect(await valuesOf(trial({ turns: [] }))).not.toHaveProperty('actions');
  });
  it('takes server times where every call that ended well has them', async () => {
    const timed = call({ server: { queue: 4, prompt: 11, completion: 20 } });
    expect(await valuesOf(withCalls(timed, timed, call({ outcome: 'aborted' })))).toMatchObject({
      ...{ queue_time: 8, prompt_time: 22, server_throughput: 3 / 0.04 },
    });
    expect(await valuesOf(withCalls(timed, call()))).not.toHaveProperty('queue_time');
  });
  it('policy_overhead is what the policy does not spend waiting for the engine', async () => {
    expect((await valuesOf(trial({}, { active_ms: 50, forward_ms: 42 }))).policy_overhead).toBe(8);
    const batched = await valuesOf(trial({}, { active_ms: 50, forward_ms: 22, queue_ms: 20 }));
    expect(batched).toMatchObject({ policy_overhead: 8, queue_time: 20 });
  });
});

describe('throughput and cost', () => {
  it('divides delivered tokens by the time from send to end', async () => {
    const values = await valuesOf(trial({}, { engine_ms: 50, cpu_ms: 48, call_cpu_ms: 56 }));
    expect(values).toMatchObject({ throughput: 50, effective_throughput: 60, total_tokens: 13 });
    // The policy's own 8 ms are not free.
    expect(values).toMatchObject({ cpu_seconds: 0.056, engine_cpu_seconds: 0.048 });
  });
  it('counts what cancelled calls wrote as waste, and bills it', async () => {
    const wrote = (prompt: number, completion: number) =>
      call({ usage: { prompt, completion, cached: 4, origin: 'server' }, outcome: 'aborted' });
    const values = await valuesOf(withCalls(wrote(10, 3), wrote(10, 5)), {
      prices: { prompt: 1_000_000, completion: 2_000_000, cached: 500_000 },
    });
    expect(values).toMatchObject({ wasted_tokens: 5, calls: 2, cost_usd: 2 * (6 + 2) + 16 });
  });
  it('counts rejected drafts as waste', async () => {
    expect((await valuesOf(trial({}, { drafted: 12, accepted: 9 }))).wasted_tokens).toBe(3);
  });
  it('has no price without prices, and no ratio to an empty reference', async () => {
    const values = await valuesOf(trial(), { sample: { ...sample, reference: '' } });
    for (const name of ['cost_usd', 'length_ratio', 'rouge_l', 'exact_match']) expect(values).not.toHaveProperty(name);
    expect((await valuesOf(trial())).length_ratio).toBe(0.5);
  });
});

describe('work', () => {
  it('derives ratios from the counters', async () => {
    const counters = {
      sums: {
        ...{ drafted: 20, accepted: 15, verify_passes: 5, passes: 6, layer_rows: 900 },
        ...{
          kv_bytes_peak: 800,
          kv_bytes_sum: 3000,
          kv_steps: 5,
          kept_rows: 60,
          offered_rows: 80,
          exits: 3,
          exit_checks: 4,
        },
      },
      tallies: { exit_layer: { 20: 3, 30: 1 }, pass_sequences: { 8: 3, 4: 1 } },
      calls: [],
    };
    expect(await valuesOf(trial({ counters, params: { elastic_batch_greedy: { slots: 8 } } }))).toMatchObject({
      ...{
        draft_acceptance_rate: 0.75,
        mean_acceptance_length: 4,
        passes_per_token: 2,
        layer_rows_per_token: 900 / 13,
      },
      ...{ kv_bytes_peak: 800, kv_bytes_mean: 600, kept_ratio: 0.75, mean_exit_layer: 22.5, exit_rate: 0.75 },
      ...{ batch_occupancy: 7 / 8 },
    });
  });
  it('counts a draft model`s work at its size: a draft equal to the model saves nothing', async () => {
    const alone = { passes: 12, layer_work: 900, kv_bytes_sum: 3000, kv_steps: 10, kv_bytes_peak: 400 };
    const opened = { kv_opened_bytes_peak: 500 };
    const drafted = {
      ...{ draft_pass_work: 12, draft_layer_work: 900, draft_kv_bytes_sum: 6000, draft_kv_steps: 20 },
      ...{ draft_kv_bytes_peak: 400, draft_kv_opened_bytes_peak: 500 },
    };
    const [own, both] = [
      await valuesOf(trial({}, { ...alone, ...opened })),
      await valuesOf(trial({}, { ...alone, ...opened, ...drafted })),
    ];
    const names = ['passes_per_token', 'layer_rows_per_token', 'kv_bytes_mean', 'kv_bytes_peak', 'kv_bytes_allocated'];
    for (const name of names) expect(both[name]).toBe(2 * (own[name] as number));
  });
  it('takes K and V of skipped layers at their share of a layer, where the engine counted that', async () => {
    const counted = { layer_rows: 800, kv_layer_rows: 100, layer_work: 815 };
    expect((await valuesOf(trial({}, counted))).layer_rows_per_token).toBe(815 / 13);
  });
  it('shows what building graphs took where the engine ran, also when there was nothing to build', async () => {
    expect(await valuesOf(trial({}, { engine_ms: 50, graph_ms: 4 }))).toMatchObject({ graph_build_ms: 4 });
    expect(await valuesOf(trial({}, { engine_ms: 50 }))).toMatchObject({ graph_build_ms: 0 });
  });
  it('has nothing to say about work that no counter knows', async () => {
    const values = await valuesOf(trial());
    for (const { name } of metrics.filter(({ group }) => group === 'work')) expect(values).not.toHaveProperty(name);
  });
});

describe('quality', () => {
  const ids = (...all: number[]) => [turn({ ids: all, completion_tokens: all.length })];
  const against = async (mine: Trial, twin: Partial<Trial>) =>
    valuesOf(mine, { baseline: trial({ key: 'b', ...twin }) });

  it('compares token ids with the baseline and finds the first that differs', async () => {
    const mine = trial({ turns: ids(1, 2, 3) });
    expect(await against(mine, { turns: ids(1, 2, 3) })).toMatchObject({ agreement: 1 });
    expect(await against(mine, { turns: ids(1, 2, 3) })).not.toHaveProperty('divergence_at');
    expect(await against(mine, { turns: ids(1, 9, 3) })).toMatchObject({ agreement: 0, divergence_at: 1 });
    expect(await against(mine, { turns: ids(1, 2, 3, 4) })).toMatchObject({ agreement: 0, divergence_at: 3 });
  });
  it('is not satisfied by equal text with other ids, and compares texts where ids are unknown', async () => {
    expect((await against(trial({ turns: ids(1) }), { turns: ids(2) })).agreement).toBe(0);
    expect((await against(trial(), {})).agreement).toBe(1);
    expect((await against(trial(), { answer: { text: 'a dog' } })).agreement).toBe(0);
  });
  it('says nothing about agreement with a failed baseline or with itself', async () => {
    expect(await against(trial(), { status: 'failed' })).not.toHaveProperty('agreement');
    expect(await against(trial(), { key: 'k' })).not.toHaveProperty('agreement');
  });
  it("prefers the benchmark's own score and computes the rest from the text", async () => {
    const values = await valuesOf(trial({ scores: { rouge_1: 0.123, point_accuracy: 0.5 } }));
    expect(values).toMatchObject({ rouge_1: 0.123, point_accuracy: 0.5, exact_match: 0, precision: 1 });
    // ROUGE-L of 3 of 6 words: precision 1, recall 1/2.
    expect(values.rouge_l).toBeCloseTo(2 / 3, 12);
    expect(values).not.toHaveProperty('f1_chain');
    for (const name of ['bleu', 'chrf']) expect(values[name]).toBeLessThan(1);
  });
  it('scores a perfect answer 1 on every text metric', async () => {
    const values = await valuesOf(trial({ answer: { text: sample.reference } }));
    for (const name of ['exact_match', 'rouge_1', 'rouge_2', 'rouge_l', 'bleu', 'chrf', 'f1'])
      expect(values[name], name).toBeCloseTo(1, 12);
  });
  it('a failed trial has reward 0 and nothing else, an unsupported one nothing', async () => {
    expect(await valuesOf(trial({ status: 'failed' }))).toEqual({ reward: 0 });
    expect(await valuesOf(trial({ status: 'unsupported' }))).toEqual({});
    expect((await valuesOf(trial({ scores: { f1_chain: 0.7 } }), { headline: 'f1_chain' })).reward).toBe(0.7);
  });
});

describe('computeMetrics', () => {
  const extra: Metric[] = [
    userMetric('fine', (prediction, reference) => prediction.length / reference.length),
    userMetric('late', async () => 0.25),
    userMetric('broken', () => {
      throw new Error('no such word');
    }),
    userMetric('odd', () => Number.NaN),
    userMetric('rejected', () => Promise.reject(new Error('timeout'))),
  ];

  it('keeps the trial and its other metrics when one fails', async () => {
    const { values, faults } = await computeMetrics(trial(), { sample }, extra);
    expect(values).toMatchObject({ fine: 0.5, late: 0.25, generation_time: 62 });
    for (const name of ['broken', 'odd', 'rejected']) expect(values).not.toHaveProperty(name);
    expect(faults).toEqual([
      { metric: 'broken', problem: 'it failed: no such word' },
      { metric: 'odd', problem: 'NaN is not a finite number' },
      { metric: 'rejected', problem: 'it failed: timeout' },
    ]);
  });
  describe('one that never settles', () => {
    beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
    afterEach(() => void vi.useRealTimers());
    const silent = userMetric('silent', () => new Promise<number>(() => {}));
    const settled = async <T>(given: Promise<T>, milliseconds: number) => {
      await vi.advanceTimersByTimeAsync(milliseconds);
      return Promise.race([given, 'not settled']);
    };

    it('is given up after a minute, and the others are kept', async () => {
      const computing = computeMetrics(trial(), { sample }, [silent, ...extra.slice(0, 1)]);
      expect(await settled(computing, 59_000)).toBe('not settled');
      expect(await settled(computing, 1000)).toMatchObject({
        values: { fine: 0.5 },
        faults: [{ metric: 'silent', problem: 'it failed: no value came within 60 s' }],
      });
    });
    it('is not asked a fourth time in one report', async () => {
      const patience = createPatience(5);
      const problems: unknown[] = [];
      for (const wait of [5000, 5000, 5000, 0, 0]) {
        const computing = computeMetrics(trial(), { sample }, [silent, ...extra.slice(0, 2)], patience);
        const result = await settled(computing, wait);
        expect(result).toMatchObject({ values: { fine: 0.5, late: 0.25 } });
        problems.push((result as Awaited<typeof computing>).faults[0]?.problem);
      }
      const over = 'no value came 3 times, so it was not asked again';
      expect(problems).toEqual([...Array(3).fill('it failed: no value came within 5 s'), over, over]);
    });
  });
  it('takes a unit and a side, and refuses what is none', () => {
    expect(userMetric('plain', () => 1)).toMatchObject({ unit: 'score', better: 'more' });
    expect(userMetric('words', () => 1, { unit: 'count', better: 'less', about: 'Words.' })).toMatchObject({
      ...{ unit: 'count', better: 'less', about: 'Words.' },
    });
    for (const wrong of [{ unit: 'word' }, { better: 'fewer' }, { beter: 'less' }])
      expect(() => userMetric('wrong', () => 1, wrong as never)).toThrow(
        expect.objectContaining({ code: 'E_ARGUMENT', help: expect.stringMatching(/^one of /) }),
      );
  });
  it('survives a trial that has nothing at all', async () => {
    const { values, faults } = await computeMetrics(trial({ turns: [], answer: undefined as never }), { sample });
    expect(values).toEqual({});
    expect(faults).toEqual([]);
  });
  it('refuses names that are taken or no words', () => {
    for (const name of ['rouge_l', '', '1st', 'a b', 'a-b'])
      expect(() => userMetric(name, () => 1), name).toThrow(expect.objectContaining({ code: 'E_ARGUMENT' }));
  });
});

describe('registry', () => {
  it('has every name once, a sentence for each and none without a way to compute it', () => {
    const names = metrics.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, about } of metrics) {
      expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
      expect(about, name).toMatch(/^[A-Z0-9].*\.$/);
    }
  });
  it('docs/metrics.md is current; `npx vitest run src/metrics -u` writes it', async () => {
    const file = join(import.meta.dirname, '..', '..', 'docs', 'metrics.md');
    await expect(metricsPage()).toMatchFileSnapshot(file);
    expect(readFileSync(file, 'utf8')).toContain('| `rouge_l` |');
  });
});
