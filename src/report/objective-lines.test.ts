import { describe, expect, it } from 'vitest';
import { reportOfTrials, type TrialsAtHand } from '../../test/support/report-of-trials.ts';
import type { Trial } from '../core/index.ts';
import { metrics, objectivesOf } from '../metrics/index.ts';
import { renderMarkdown } from './render-markdown.ts';
import type { Report } from './report-types.ts';

/** 24 trials; the first token comes after half of the time. */
const play = (policy_name: string, timeOf: (i: number) => number, failed = 0): Trial[] =>
  Array.from({ length: 24 }, (_, i) => {
    const end = timeOf(i) + (i % 5) / 10;
    const cell = { benchmark: 'b', policy_name, realisation: 'client', backend: 'groq', model: 'm', fidelity: 'lossy' };
    return {
      ...{ schema: 2, key: `${policy_name} ${i}`, cell, params: {}, block: `${policy_name} ${i}`, sample: `s${i}` },
      ...{ repeat: 0, seed: i, status: i < failed ? 'failed' : 'ok', ended_at: '', answer: { text: 'yes' } },
      turns: [
        {
          ...{ call: '', started_at: '', start: 0, sent: 0, at: [end / 2, end], tokens: [1, 1], end },
          ...{ prompt_tokens: 5, completion_tokens: 2, origin: 'server' },
        },
      ],
      counters: { sums: {}, tallies: {}, calls: [] },
      scores: { exact_match: 1 },
    } as Trial;
  });

const objectives = objectivesOf({ first_token_latency: 60, queue_time: 5 }, metrics);
const build = (trials: Trial[], rest: Partial<TrialsAtHand> = {}): Promise<Report> =>
  reportOfTrials({ run: { id: 'r' }, trials, samples: new Map(), ...rest });
const cellOf = (report: Report, name: string) => report.cells.find(({ policy_name }) => policy_name === name);

describe('objectives in a report', () => {
  // Half of the baseline's first tokens come after 50 ms, half after 100.
  const trials = [...play('baseline', (i) => (i % 2 ? 100 : 200)), ...play('fast', () => 50)];

  it('count what keeps them, per second of the run', async () => {
    const report = await build(trials, { objectives, seconds: 8 });
    expect(cellOf(report, 'baseline')).toMatchObject({ goodput: 1.5, metrics: { slo_attainment: { mean: 0.5 } } });
    expect(cellOf(report, 'fast')).toMatchObject({ goodput: 3, metrics: { slo_attainment: { mean: 1 } } });
    expect(cellOf(report, 'fast')?.vs_baseline.slo_attainment?.verdict).toBe('better');
    expect(renderMarkdown(report)).toMatch(/in SLO +\| +goodput\/s/);
  });

  it('are said in a note, and those that nothing could be held against in a warning', async () => {
    const report = await build(trials, { objectives, seconds: 8 });
    expect(report.run.notes).toEqual([
      'objectives: first_token_latency ≤ 60 ms and queue_time ≤ 5 ms; kept by 36 of 48 trials, all cells together 4.5 a second',
    ]);
    expect(report.warnings).toContain('no trial has a queue_time: the objective queue_time ≤ 5 ms was not judged');
  });

  it('are kept by no failed trial, and are nothing where none are given', async () => {
    const broken = await build(
      play('baseline', () => 100, 4),
      { objectives, seconds: 8 },
    );
    expect(cellOf(broken, 'baseline')?.goodput).toBe(20 / 8);
    expect(cellOf(await build(trials, { seconds: 8 }), 'fast')?.goodput).toBeNull();
  });
});
