import { describe, expect, it } from 'vitest';
import { build, cellOf, count, play } from '../../test/support/made-up-trials.ts';
import type { BlockRecord, Trial } from '../core/index.ts';
import { metrics, objectivesOf } from '../metrics/index.ts';
import { renderMarkdown } from './render-markdown.ts';
import type { ReportCell } from './report-types.ts';

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
      'batch: 24 blocks of 8 sets of samples: repeats of a set count as one block.',
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
    expect(await text(32)).toContain('batch: offered 24 samples at once instead of 32,');
    expect(await text(24)).not.toContain('at once instead of');
  });
});
