import { describe, expect, it } from 'vitest';
import type { Cell, Trial } from '../core/index.ts';
import { createWorkTables } from './collect-work.ts';

const cell: Cell = {
  ...{ benchmark: 'extract', policy_name: 'early_exit_28', backend: 'ggml', model: 'm' },
  ...{ realisation: 'engine', fidelity: 'lossy' },
};

function trial(changes: Partial<Trial>): Trial {
  return {
    ...{ schema: 2, key: 'k', cell, params: {}, block: 'b', sample: 's', repeat: 0, seed: 1, status: 'ok' },
    ...{ ended_at: '2026-11-02T10:00:00.000Z', turns: [], scores: {} },
    counters: { sums: {}, tallies: {}, calls: [] },
    ...changes,
  } as Trial;
}

const counters = (exits: number, layers: Record<string, number>): Trial['counters'] => ({
  ...{ sums: { exits }, tallies: { exit_layer: layers }, calls: [] },
});

describe('createWorkTables', () => {
  it('adds up what trials counted that ended well, and knows when each trial ended', () => {
    const tables = createWorkTables();
    tables.read(trial({ counters: counters(2, { 24: 1, 26: 1 }), turns: [{ prompt_tokens: 30 }] as never }));
    tables.read(trial({ status: 'failed', counters: counters(99, { 24: 99 }), ended_at: 'never' }));
    tables.read(trial({ counters: counters(3, { 26: 3 }), ended_at: '2026-11-02T10:00:05.000Z' }));
    tables.read(trial({ cell: { ...cell, policy_name: 'baseline' }, counters: counters(7, {}) }));
    const work = tables.of(cell);
    expect(work).toMatchObject({ trials: 2, promptTokens: 30 });
    expect([...(work?.sums ?? [])]).toEqual([['exits', 5]]);
    expect(work?.tallies.get('exit_layer')).toEqual([
      ['24', 1],
      ['26', 4],
    ]);
    expect(Array.from(work?.ended ?? [])).toEqual([
      Date.UTC(2026, 10, 2, 10),
      Number.NaN,
      Date.UTC(2026, 10, 2, 10, 0, 5),
    ]);
    expect(tables.of({ ...cell, model: 'another' })).toBeUndefined();
  });

  it('is not led astray by names and amounts of a damaged journal', () => {
    const tables = createWorkTables();
    const odd = JSON.parse('{"sums":{"__proto__":1,"exits":"many"},"tallies":{"__proto__":{"polluted":1}},"calls":[]}');
    tables.read(trial({ counters: odd }));
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    expect(tables.of(cell)?.sums.get('exits')).toBe(0);
  });
});
