import { describe, expect, it } from 'vitest';
import { reportOfTrials, type TrialsAtHand } from '../../test/support/report-of-trials.ts';
import type { BlockRecord, Sample, Trial } from '../core/index.ts';
import { metrics, objectivesOf, userMetric } from '../metrics/index.ts';
import { noiseName } from '../rows/index.ts';
import { kindOf } from './cell-text.ts';
import { renderMarkdown } from './render-markdown.ts';
import type { Report, ReportCell } from './report-types.ts';

const count = 24;
const samples = Array.from({ length: count }, (_, i): Sample => ({ id: `s${i}`, prompt: '', reference: 'yes' }));

interface Made {
  time?: (i: number) => number;
  score?: (i: number) => number;
  text?: string;
  status?: Trial['status'];
  repeat?: number;
  fidelity?: 'exact' | 'lossy';
  sums?: Record<string, number>;
  /** Trials are offered in so many blocks; default: one by one. */
  blocks?: number;
}

/** One trial per sample; times wander a little, so that no interval has width 0. */
const play = (policy_name: string, made: Made = {}): Trial[] =>
  samples.map(({ id }, i) => {
    const end = (made.time ?? (() => 100))(i) + (((i * 7 + policy_name.length) % 5) - 2) / 10;
    const cell = { benchmark: 'b', policy_name, realisation: 'engine', backend: 'ggml', model: 'm' } as const;
    return {
      ...{ schema: 2, key: `${policy_name} ${id} ${made.repeat ?? 0}`, params: {}, sample: id, seed: i },
      block: `b/${policy_name}/${made.blocks ? i % made.blocks : `${made.repeat ?? 0}-${i}`}`,
      cell: { ...cell, fidelity: made.fidelity ?? 'lossy' },
      ...{ repeat: made.repeat ?? 0, status: made.status ?? 'ok', ended_at: '', answer: { text: made.text ?? 'yes' } },
      turns: [
        {
          ...{ call: '', started_at: '', start: 0, sent: 0, at: [end / 2, end], tokens: [1, 1], end, ids: [1, 2] },
          ...{ prompt_tokens: 5, completion_tokens: 2, origin: 'engine' },
        },
      ],
      counters: { sums: made.sums ?? {}, tallies: {}, calls: [] },
      scores: { exact_match: (made.score ?? (() => 1))(i) },
      ...(made.status === 'failed' && { error: { code: 'E_TIMEOUT', message: 'too slow' } }),
    } as Trial;
  });

const build = (trials: Trial[], rest: Partial<TrialsAtHand> = {}): Promise<Report> =>
  reportOfTrials({
    run: { id: 'r' },
    trials,
    samples: new Map([['b', new Map(samples.map((sample) => [sample.id, sample]))]]),
    ...rest,
  });
const cellOf = (report: Report, name: string) => report.cells.find(({ policy_name }) => policy_name === name);
const verdictOf = (report: Report, name: string, metric: string) => cellOf(report, name)?.vs_baseline[metric]?.verdict;

describe('a report', () => {
  const baseline = play('baseline');

  it('finds what is faster, slower and the same, and says so of the right policy', async () => {
    const report = await build([
      ...play('slow', { time: () => 130 }),
      ...play('same'),
      ...baseline,
      ...play('fast', { time: () => 80 }),
    ]);
    const verdicts = ['fast', 'slow', 'same'].map((name) => verdictOf(report, name, 'generation_time'));
    expect(verdicts).toEqual(['better', 'worse', 'equivalent']);
    expect(cellOf(report, 'fast')?.vs_baseline.generation_time?.ratio.mean).toBeCloseTo(0.8, 2);
    expect(verdictOf(report, 'fast', 'throughput')).toBe('better');
    expect(verdictOf(report, 'slow', 'throughput')).toBe('worse');
    expect(report.cells.map(({ policy_name }) => policy_name)).toEqual(['baseline', 'slow', 'same', 'fast']);
  });

  it('corrects for the number of policies, the noise floor left out', async () => {
    const policies = ['a', 'b', 'c'].flatMap((name) => play(name, { time: (i) => 100 + (i % 3) }));
    const report = await build([...baseline, ...policies, ...play(noiseName, { time: (i) => 100 + (i % 3) })]);
    const { p, p_holm } = cellOf(report, 'a')?.vs_baseline.generation_time ?? {};
    expect(p_holm).toBeCloseTo(3 * (p as number), 12);
    const noise = cellOf(report, noiseName)?.vs_baseline.generation_time;
    expect(noise?.p_holm).toBe(noise?.p);
    expect(report.cells.at(-1)?.policy_name).toBe(noiseName);
  });

  it('judges by the corrected p: of exploratory metrics for the number of policies, of decisions for the table', async () => {
    // Slower by 1.9 give or take 6: p is about 0.02 alone, and above 0.05 beside two others that show as little.
    const shaky = (name: string) => play(name, { time: (i) => 101.9 + (6 * (i - 11.5)) / 11.5 });
    const margin = { generation_time: 0, throughput: 0 };
    const alone = await build([...baseline, ...shaky('a')], { margin });
    const beside = await build([...baseline, ...shaky('a'), ...shaky('b'), ...shaky('c')], { margin });
    expect(verdictOf(alone, 'a', 'throughput')).toBe('worse');
    expect(verdictOf(beside, 'a', 'throughput')).toBe('not shown');
    // Three policies that do the same on every sample are one piece of evidence, and the shared flips know it.
    expect(verdictOf(beside, 'a', 'generation_time')).toBe('worse');
  });

  it('counts a failed trial 0 in the reward and leaves it out elsewhere', async () => {
    const some = play('p').map((trial, i) => (i < 6 ? play('p', { status: 'failed' })[i]! : trial));
    const cell = cellOf(await build([...baseline, ...some]), 'p');
    expect(cell).toMatchObject({ trials: 24, failed: 6 });
    expect(cell?.metrics.reward).toMatchObject({ mean: 0.75, n: 24 });
    expect(cell?.metrics.exact_match).toMatchObject({ mean: 1, n: 18 });
    expect(cell?.vs_baseline.generation_time?.n).toBe(18);
    expect(cell?.vs_baseline.generation_time?.verdict).toBe('too few');
    expect(cell?.failures).toEqual([{ status: 'failed', code: 'E_TIMEOUT', message: 'too slow', count: 6 }]);
  });

  it('pairs each repeat with the repeat of the baseline and counts samples', async () => {
    const again = { repeat: 1, time: () => 200 };
    const report = await build([...baseline, ...play('baseline', again), ...play('p'), ...play('p', again)]);
    const comparison = cellOf(report, 'p')?.vs_baseline.generation_time;
    expect(comparison?.n).toBe(24);
    expect(comparison?.ratio.mean).toBeCloseTo(1, 2);
    expect(cellOf(report, 'p')?.trials).toBe(48);
    // The second answer of the baseline is another one; so is that of the policy.
    const other = (name: string) =>
      play(name, again).map((trial) => ({ ...trial, turns: trial.turns.map((turn) => ({ ...turn, ids: [3, 4] })) }));
    const answers = await build([...baseline, ...other('baseline'), ...play('p'), ...other('p')]);
    expect(cellOf(answers, 'p')?.metrics.agreement?.mean).toBe(1);
  });

  it('asks the counters whether a policy acted; all of them in a composition', async () => {
    const trials = [...baseline, ...play('idle', { sums: { drafted: 0 } }), ...play('a+b', { sums: { x: 2, y: 0 } })];
    const report = await build(trials, { acts: { idle: 'drafted', 'a+b': ['x', 'y'] } });
    expect(report.cells.map(({ acted }) => acted)).toEqual([null, false, false]);
    const other = await build(trials, { acts: { 'a+b': ['x'] } });
    expect(other.cells.map(({ acted }) => acted)).toEqual([null, null, true]);
    expect(report.cells.map(kindOf)).toEqual(['lossy', 'lossy, did not act', 'lossy, did not act']);
    expect(other.cells.map(kindOf)).toEqual(['lossy', 'lossy, no counter', 'lossy']);
  });

  it('has every metric of the registry, or says why not', async () => {
    const dead = play('dead', { status: 'failed' });
    const { cells } = await build([...baseline, ...play('p'), ...dead]);
    for (const cell of cells) {
      const said = [...Object.keys(cell.metrics), ...Object.keys(cell.missing)];
      for (const { name, missing } of metrics) {
        expect(
          said.filter((one) => one === name),
          `${cell.policy_name}: ${name}`,
        ).toHaveLength(1);
        expect(missing, name).toMatch(/\w/);
      }
    }
    expect(cells[1]?.missing).toMatchObject({ queue_time: expect.stringMatching(/neither a server nor a batch/) });
    expect(cells[2]?.missing).toMatchObject({ generation_time: 'no trial ended well' });
  });

  it('waives nothing for a promise of exactness that is not kept', async () => {
    const promised = (text: string) => play('p', { fidelity: 'exact', text }).map((trial, i) => other(trial, text, i));
    const other = (trial: Trial, text: string, i: number): Trial =>
      text === 'yes' ? trial : { ...trial, turns: trial.turns.map((turn) => ({ ...turn, ids: [1, i] })) };
    const kept = await build([...baseline, ...promised('yes')]);
    expect([verdictOf(kept, 'p', 'exact_match'), kindOf(kept.cells[1]!)]).toEqual(['equivalent', 'exact, no counter']);
    const broken = await build([...baseline, ...promised('no')]);
    expect([verdictOf(broken, 'p', 'exact_match'), kindOf(broken.cells[1]!)]).toEqual([
      'too few',
      'not exact, no counter',
    ]);
  });

  it('says of how many samples times are, where some failed', async () => {
    const failing = play('p').map((trial, i) => (i < 3 ? { ...trial, status: 'failed' as const } : trial));
    expect(renderMarkdown(await build([...baseline, ...failing]))).toContain(
      'p: times are compared over 21 of 24 samples',
    );
  });

  it('takes margins by name before those by group', async () => {
    const trials = [...baseline, ...play('p', { time: () => 108 })];
    const verdict = async (margin: Record<string, number>) =>
      verdictOf(await build(trials, { margin }), 'p', 'generation_time');
    expect(await verdict({})).toBe('worse');
    expect(await verdict({ latency: 0.1 })).toBe('equivalent');
    expect(await verdict({ latency: 0.1, generation_time: 0.01 })).toBe('worse');
  });

  it('says `too few` of a score in which a lossy policy has not differed yet, `equivalent` of an exact one', async () => {
    const report = await build([...baseline, ...play('lossy'), ...play('exact', { fidelity: 'exact' })]);
    expect(verdictOf(report, 'lossy', 'exact_match')).toBe('too few');
    expect(verdictOf(report, 'exact', 'exact_match')).toBe('equivalent');
  });

  it('compares metrics of the user and scores that only the benchmark knows', async () => {
    const odd = play('p', { text: 'yes, of course' }).map((trial, i) => ({ ...trial, scores: { own: i % 2 } }));
    const first = baseline.map((trial) => ({ ...trial, scores: { own: 0 } }));
    const extra = [userMetric('brevity', (prediction, reference) => reference.length / prediction.length)];
    extra.push(userMetric('letters', (prediction) => prediction.length, { unit: 'count', better: 'less' }));
    const report = await build([...first, ...odd], { extra, headlines: { b: 'own' } });
    expect(verdictOf(report, 'p', 'brevity')).toBe('worse');
    expect(verdictOf(report, 'p', 'letters')).toBe('worse');
    expect(verdictOf(report, 'p', 'own')).toBe('better');
    expect(cellOf(report, 'p')?.metrics.reward?.mean).toBe(0.5);
    const elsewhere = await build([...first, ...odd], { extra, headlines: { b: 'exact_match' } });
    expect(verdictOf(elsewhere, 'p', 'own')).toBe('different');
  });

  it('survives what a broken run may hold', async () => {
    expect((await build([])).cells).toEqual([]);
    expect((await build(play('alone'))).cells[0]?.vs_baseline).toEqual({});
    const dead = await build([...play('baseline', { status: 'failed' }), ...play('p')]);
    expect(cellOf(dead, 'p')?.vs_baseline.generation_time).toBeUndefined();
    expect(verdictOf(dead, 'p', 'reward')).toBe('better');
    const allDead = await build([...play('baseline', { status: 'failed' }), ...play('p', { status: 'failed' })]);
    expect(cellOf(allDead, 'p')?.vs_baseline).toEqual({});
    expect(cellOf(allDead, 'p') && kindOf(cellOf(allDead, 'p') as ReportCell)).toBe('lossy');
    const strangers = await build([...baseline, ...play('p')], { samples: new Map() });
    expect(verdictOf(strangers, 'p', 'generation_time')).toBe('equivalent');
    for (const report of [dead, strangers]) expect(JSON.stringify(report)).not.toMatch(/NaN|Infinity/);
  });

  it('is the same whatever the order in which trials finished', async () => {
    const trials = [...baseline, ...play('p', { time: (i) => 90 + i })];
    const turned = await build([...trials].reverse());
    expect(cellOf(turned, 'p')).toEqual(cellOf(await build(trials), 'p'));
  });
});

describe('below the table', () => {
  it('stands how far a policy got: exits beside break-even, drafts, rows kept', async () => {
    const sums = { exits: 3, exit_checks: 5, check_weights: 30, exit_weights: 40 };
    const drafts = { drafted: 8, accepted: 6, verify_passes: 2 };
    const report = renderMarkdown(
      await build([
        ...play('baseline'),
        ...play('exit', { sums }),
        ...play('drafts', { sums: drafts }),
        ...play('cut', { sums: { kept_rows: 4, offered_rows: 5 } }),
      ]),
    );
    expect(report).toContain('exit: 60 % of its checks ended in an exit; exits save weights above 75 %.');
    expect(report).toContain('drafts: 75 % of its drafts were right, 4 tokens per verified pass.');
    expect(report).toContain('cut: kept 80 % of the rows or slots on offer.');
    expect(report).not.toContain('baseline: kept');
  });
});

describe('trials that were offered at once', () => {
  const baseline = play('baseline', { time: () => 100 });
  const [first] = baseline as [Trial];
  /** One record per block, in which 24 samples in all take 100 ms each alone. */
  const records = (
    count_: number,
    makespan: (i: number) => number,
    changes: Partial<BlockRecord> = {},
  ): BlockRecord[] =>
    Array.from({ length: count_ }, (_, i) => ({
      ...{ schema: 1, block: `b/batch/${i}`, cell: { ...first.cell, policy_name: 'batch' }, started_at: '' },
      ...{ trials: count / count_, planned: count / count_, makespan_ms: makespan(i), completion_tokens: 48 },
      machine: {} as BlockRecord['machine'],
      ...changes,
    }));
  /** Each of them waits long for its turn: latencies alone say that batching is five times slower. */
  const queued = (blocks: number) => play('batch', { time: () => 500, blocks });
  const total = baseline.reduce((sum, { turns }) => sum + (turns[0]?.end as number), 0);

  it('are held as a block against the sum of the baseline’s times, and no wait in a queue is judged', async () => {
    const report = await build([...baseline, ...queued(1)], { blocks: records(1, () => 0.62 * total) });
    const cell = cellOf(report, 'batch') as ReportCell;
    expect(cell.vs_baseline.makespan).toMatchObject({ n: 1, verdict: 'too few', ratio: { low: null, high: null } });
    expect(cell.vs_baseline.makespan?.ratio.mean).toBeCloseTo(0.62, 9);
    for (const name of ['generation_time', 'first_token_latency', 'avg_token_latency', 'throughput'])
      expect(cell.vs_baseline, name).not.toHaveProperty(name);
    expect(cell.metrics.generation_time?.mean).toBeCloseTo(500, 0);
    expect(cell.metrics.throughput).toMatchObject({ n: 1, mean: 48_000 / (0.62 * total) });
    expect(cell.vs_baseline.exact_match?.n).toBe(24);
    expect(renderMarkdown(report)).toContain("| 0.62 of the baseline's total, 1 block, too few samples |");
  });

  it('are judged by blocks, from eight of them on', async () => {
    const blocks = records(24, (i) => 60 + (i % 3));
    const one = (await build([...baseline, ...queued(24)], { blocks, blockSizes: { batch: 8 } })).cells[1];
    expect(one?.vs_baseline.makespan).toMatchObject({ n: 24, verdict: 'better' });
    const eight = await build([...baseline, ...queued(8)], { blocks: records(8, (i) => 190 + (i % 3)) });
    expect(cellOf(eight, 'batch')?.vs_baseline.makespan).toMatchObject({ n: 8, verdict: 'better' });
    expect(renderMarkdown(eight)).not.toContain('a verdict on time × needs');
    const report = await build([...baseline, ...queued(3)], {
      blocks: records(3, () => 500),
      blockSizes: { batch: 8 },
    });
    expect(renderMarkdown(report)).toContain('batch: a verdict on time × needs 8 blocks of other samples, 64 samples.');
    const few = cellOf(report, 'batch');
    expect(few?.vs_baseline.makespan).toMatchObject({ n: 3, verdict: 'too few' });
    expect(few?.vs_baseline.makespan?.ratio.mean).toBeCloseTo(1500 / total, 9);
  });

  it('share their CPU: the block is its unit too, and no objective is held against a queue', async () => {
    const cheap = (blocks: number) => play('batch', { time: () => 500, blocks, sums: { call_cpu_ms: 10 } });
    const base = play('baseline', { sums: { call_cpu_ms: 20 } });
    const objectives = objectivesOf({ first_token_latency: 60 }, metrics);
    const one = await build([...base, ...cheap(1)], { blocks: records(1, () => 1000), objectives });
    const cell = cellOf(one, 'batch');
    expect(cell?.vs_baseline.cpu_seconds).toMatchObject({ n: 1, verdict: 'too few', ratio: { mean: 0.5, low: null } });
    expect(cell?.metrics).not.toHaveProperty('slo_attainment');
    const eight = await build([...base, ...cheap(8)], { blocks: records(8, () => 190) });
    expect(cellOf(eight, 'batch')?.vs_baseline.cpu_seconds).toMatchObject({ n: 8, verdict: 'better' });
  });

  it('in repeats of the same samples measure one thing again: n counts sets of samples', async () => {
    const again = [0, 1, 2].flatMap((repeat) => play('baseline', { time: () => 100, repeat }));
    const batch = [0, 1, 2].flatMap((repeat) =>
      play('batch', { time: () => 500, repeat, blocks: 8 }).map((trial) => ({
        ...trial,
        block: `b/batch/${8 * repeat + Number(trial.block.split('/')[2])}`,
      })),
    );
    const blocks = records(24, (i) => 190 + (i % 3), { trials: 3, planned: 3 });
    const report = await build([...again, ...batch], { blocks });
    expect(cellOf(report, 'batch')).toMatchObject({ blocks: { compared: 24 }, vs_baseline: { makespan: { n: 8 } } });
    expect(renderMarkdown(report)).toContain(
      'batch: 24 blocks, but of 8 sets of samples: repeats of one count as one.',
    );
  });

  const spoiled: [string, (trials: Trial[], blocks: BlockRecord[]) => [Trial[], BlockRecord[]]][] = [
    ['was not recorded', (trials, blocks) => [trials, blocks.slice(1)]],
    ['was taken up again', (trials, blocks) => [trials, [...blocks, { ...blocks[0]!, trials: 3 }]]],
    ['is not whole', (trials, blocks) => [trials, blocks.map((block, i) => (i ? block : { ...block, trials: 3 }))]],
    [
      'holds a failed trial',
      (trials, blocks) => [trials.map((trial, i) => (i ? trial : { ...trial, status: 'failed' })), blocks],
    ],
    ['holds a replay', (trials, blocks) => [trials.map((trial, i) => (i ? trial : { ...trial, replays: 1 })), blocks]],
  ];
  it.each(spoiled)('a block that %s is left out, and the report says so', async (_, spoil) => {
    const [trials, blocks] = spoil(
      queued(2),
      records(2, () => 300),
    );
    const report = await build([...baseline, ...trials], { blocks });
    expect(cellOf(report, 'batch')).toMatchObject({ blocks: { count: 2, compared: 1 } });
    expect(cellOf(report, 'batch')?.vs_baseline.makespan?.n).toBe(1);
    expect(renderMarkdown(report)).toContain('batch: 1 of 2 blocks left out of time ×');
  });

  it('without any whole block there is no time and no rate', async () => {
    const report = await build([...baseline, ...queued(1)]);
    expect(cellOf(report, 'batch')?.vs_baseline).not.toHaveProperty('makespan');
    expect(cellOf(report, 'batch')?.metrics).not.toHaveProperty('throughput');
    expect(renderMarkdown(report)).toContain('| no whole block |');
  });

  it('fewer than the policy wants are named', async () => {
    const blocks = records(1, () => 300);
    const text = async (asked: number) =>
      renderMarkdown(await build([...baseline, ...queued(1)], { blocks, blockSizes: { batch: asked } }));
    expect(await text(32)).toContain('batch: offered 24 samples at once, 32 are wanted');
    expect(await text(24)).not.toContain('are wanted');
  });
});

describe('warnings', () => {
  const baseline = play('baseline');
  it('name every cell that is labelled exact and is not', async () => {
    const differs = play('p', { fidelity: 'exact' }).map((trial, i) =>
      i < 2 ? { ...trial, turns: trial.turns.map((turn) => ({ ...turn, ids: [1, 9] })) } : trial,
    );
    const { warnings } = await build([...baseline, ...differs]);
    expect(warnings).toEqual([expect.stringMatching(/^p on b is labelled exact, but 2 of 24 trials differ/)]);
    const lossy = differs.map((trial) => ({ ...trial, cell: { ...trial.cell, fidelity: 'lossy' as const } }));
    expect((await build([...baseline, ...lossy, ...play('q', { fidelity: 'exact' })])).warnings).toEqual([]);
  });

  it('count replays, of which no times are taken', async () => {
    const replayed = play('p').map((trial, i) => (i < 3 ? { ...trial, replays: 1 } : trial));
    const report = await build([...baseline, ...replayed]);
    expect(cellOf(report, 'p')).toMatchObject({ replayed: 3, metrics: { exact_match: { n: 24 } } });
    for (const name of ['generation_time', 'first_token_latency', 'throughput'])
      expect(cellOf(report, 'p')?.metrics[name]?.n, name).toBe(21);
    expect(report.warnings).toEqual([expect.stringMatching(/^p on b: 3 trials were played again/)]);
  });
});

describe('renderMarkdown', () => {
  const markdown = async (trials: Trial[], rest: Partial<TrialsAtHand> = {}) =>
    renderMarkdown(await build(trials, rest));

  it('says that quality means nothing where the baseline does not beat a constant answer', async () => {
    const floors = (constant: number) => ({ floors: { b: { constant } } });
    const trials = play('baseline', { score: (i) => i % 2 });
    expect(await markdown(trials, floors(0.5))).toContain('**floor: quality differences mean nothing here**');
    expect(await markdown(trials, floors(0.4))).not.toContain('floor: quality');
  });
  it('warns where the baseline differs from itself, and says where it was played once', async () => {
    for (const time of [80, 120]) {
      const drifting = [...play('baseline'), ...play(noiseName, { time: () => time })];
      expect(await markdown(drifting)).toContain('The baseline differs from itself');
    }
    expect(await markdown([...play('baseline'), ...play(noiseName)])).not.toContain('differs from itself');
    expect(await markdown(play('baseline'))).toContain('Noise floor: not known');
  });
  it('keeps a message with a bar and a line break in its cell', async () => {
    const [first, ...rest] = play('p', { status: 'failed' }) as [Trial, ...Trial[]];
    const odd = { ...first, error: { code: 'E_BACKEND' as const, message: 'a | b\nc' } };
    expect(await markdown([...play('baseline'), odd, ...rest])).toContain('a \\| b c');
  });
});
