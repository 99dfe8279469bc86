/** Trials and reports that are made up: what policies took and scored is said by the test. */
import type { Sample, Trial } from '../../src/core/index.ts';
import type { Report } from '../../src/report/report-types.ts';
import { reportOfTrials, type TrialsAtHand } from './report-of-trials.ts';

export const count = 24;
export const samples = Array.from({ length: count }, (_, i): Sample => ({ id: `s${i}`, prompt: '', reference: 'yes' }));

export interface Made {
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
export const play = (policy_name: string, made: Made = {}): Trial[] =>
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

export const build = (trials: Trial[], rest: Partial<TrialsAtHand> = {}): Promise<Report> =>
  reportOfTrials({
    run: { id: 'r' },
    trials,
    samples: new Map([['b', new Map(samples.map((sample) => [sample.id, sample]))]]),
    ...rest,
  });
export const cellOf = (report: Report, name: string) => report.cells.find(({ policy_name }) => policy_name === name);
export const verdictOf = (report: Report, name: string, metric: string) =>
  cellOf(report, name)?.vs_baseline[metric]?.verdict;
