import { describe, expect, it } from 'vitest';
import type { Trial } from '../core/index.ts';
import { coreDoubts } from './core-share.ts';

type Given = { wall: number; sums: Record<string, number> };

const trial = ({ wall, sums }: Given): Trial =>
  ({
    ...{ status: 'ok', cell: { realisation: 'engine' }, counters: { sums, tallies: {}, calls: [] } },
    turns: [{ sent: 0, end: wall }],
  }) as unknown as Trial;

const calm = { wall: 1000, sums: { call_cpu_ms: 990, graph_ms: 20 } };

describe('the share of a core that the engine had', () => {
  it('is no reason for doubt where it worked all the time', () => {
    expect(coreDoubts([trial(calm), trial(calm)])).toEqual([]);
    expect(coreDoubts([])).toEqual([]);
  });

  it('is, where other programs held it up all the time', () => {
    const slow = trial({ wall: 1500, sums: { call_cpu_ms: 750 } });
    expect(coreDoubts([slow, slow])).toEqual(['the engine had 50 % of a core while it answered: read CPU × instead']);
  });

  it('is, where it was stopped once among many trials', () => {
    const stopped = trial({ wall: 66_796, sums: { call_cpu_ms: 1500 } });
    const many = Array.from({ length: 999 }, () => trial(calm));
    expect(coreDoubts([...many, stopped])).toEqual([
      '1 of 1000 trials stood still meanwhile, the worst took 66.8 s for 1.5 s of work',
    ]);
  });

  it('is not asked of trials that wait in a queue, failed, or worked elsewhere', () => {
    const queued = trial({ wall: 9000, sums: { call_cpu_ms: 10, queue_ms: 8000 } });
    const remote = trial({ wall: 9000, sums: {} });
    const failed = { ...trial({ wall: 120_000, sums: { call_cpu_ms: 10 } }), status: 'failed' } as Trial;
    expect(coreDoubts([queued, remote, failed])).toEqual([]);
  });
});
