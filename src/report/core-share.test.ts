import { describe, expect, it } from 'vitest';
import type { BlockRecord, Trial } from '../core/index.ts';
import { coreDoubts } from './core-share.ts';

type Given = { wall: number; policy?: string; block?: string; sums: Record<string, number> };

const trial = ({ wall, policy = 'p', block = '', sums }: Given): Trial =>
  ({
    ...{ status: 'ok', block, cell: { realisation: 'engine', policy_name: policy } },
    counters: { sums, tallies: {}, calls: [] },
    turns: [{ sent: 0, end: wall }],
  }) as unknown as Trial;

const calm = trial({ wall: 1000, sums: { call_cpu_ms: 990, graph_ms: 20 } });
const times = (count: number, one: Trial) => Array.from({ length: count }, () => one);
const doubts = (trials: Trial[], threads = 1, blocks: BlockRecord[] = []) => coreDoubts(trials, blocks, threads);

describe('the share of its cores that the engine had', () => {
  it('is no reason for doubt where it worked all the time', () => {
    expect(doubts(times(24, calm))).toEqual([]);
    expect(doubts([])).toEqual([]);
  });

  it('is, where other programs held up one policy among many', () => {
    const slow = trial({ wall: 1800, policy: 'slow', sums: { call_cpu_ms: 1000 } });
    expect(doubts([...times(240, calm), ...times(24, slow)])).toEqual([
      'the engine had 56 % of its cores under slow: read CPU × instead',
    ]);
  });

  it('is, where it was stopped once', () => {
    const stopped = trial({ wall: 66_796, sums: { call_cpu_ms: 1500 } });
    expect(doubts([...times(999, calm), stopped])).toEqual([
      '1 of 1000 trials stood still meanwhile, the worst, under p, 66.8 s for 1.5 s of work',
    ]);
    const short = trial({ wall: 30, sums: { call_cpu_ms: 30 } });
    const late = trial({ wall: 900, sums: { call_cpu_ms: 30 } });
    expect(doubts([...times(279, short), late])).toEqual([
      '1 of 280 trials stood still meanwhile, the worst, under p, 0.90 s for 0.03 s of work',
    ]);
  });

  it('counts with as many cores as it has threads', () => {
    const half = trial({ wall: 1000, sums: { call_cpu_ms: 2000 } });
    expect(doubts([half], 4)).toEqual(['the engine had 50 % of its cores under p: read CPU × instead']);
    expect(doubts([half], 2)).toEqual([]);
  });

  it('is asked of blocks as a whole', () => {
    const member = trial({ wall: 9000, block: 'b', sums: { call_cpu_ms: 1000, queue_ms: 8000 } });
    const record = (makespan_ms: number) =>
      ({ block: 'b', cell: member.cell, planned: 8, trials: 8, makespan_ms }) as BlockRecord;
    expect(doubts(times(8, member), 1, [record(8100)])).toEqual([]);
    expect(doubts(times(8, member), 1, [record(16_000)])).toEqual([
      'the engine had 50 % of its cores under p: read CPU × instead',
    ]);
  });

  it('is not asked of trials that failed, were played again, or worked elsewhere', () => {
    const late = trial({ wall: 120_000, sums: { call_cpu_ms: 10 } });
    const failed = { ...late, status: 'failed' } as Trial;
    expect(doubts([failed, { ...late, replays: 1 }, trial({ wall: 9000, sums: {} })])).toEqual([]);
  });
});
