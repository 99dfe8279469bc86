/** One made-up trial of one turn, and its metrics. */
import type { CallRecord, Sample, Trial, Turn } from '../../src/core/index.ts';
import { computeMetrics } from '../../src/metrics/compute-metrics.ts';

export const sample: Sample = { id: 's', prompt: 'Say it.', reference: 'the cat sat on the mat' };

export const turn = (rest: Partial<Turn> = {}): Turn => ({
  ...{
    call: 'c',
    started_at: '2026-01-01T00:00:00.000Z',
    start: 0,
    sent: 2,
    at: [30, 40, 55],
    tokens: [1, 1, 1],
    end: 62,
  },
  ...{ first_answer: 40, reason: 'stop', prompt_tokens: 10, completion_tokens: 3, origin: 'engine' },
  ...rest,
});
export const call = (rest: Partial<CallRecord> = {}): CallRecord => ({
  attempt: 1,
  sent: 0,
  end: 60,
  outcome: 'ok',
  ...rest,
});

export function trial(rest: Partial<Trial> = {}, sums: Record<string, number> = {}): Trial {
  const cell = { benchmark: 'b', policy_name: 'p', realisation: 'engine', backend: 'ggml', model: 'm' } as const;
  return {
    ...{ schema: 2, key: 'k', cell: { ...cell, fidelity: 'lossy' }, params: {}, block: 'x', sample: 's', repeat: 0 },
    ...{ seed: 1, status: 'ok', ended_at: '2026-01-01T00:00:01.000Z', answer: { text: 'the cat sat' } },
    ...{ turns: [turn()], counters: { sums, tallies: {}, calls: [] }, scores: {} },
    ...rest,
  };
}

export const valuesOf = async (given: Trial, about: Partial<Parameters<typeof computeMetrics>[1]> = {}) =>
  (await computeMetrics(given, { sample, ...about })).values;
