import { describe, expect, it } from 'vitest';
import { build, play } from '../../test/support/made-up-trials.ts';
import { joinReports } from './join-reports.ts';
import { renderMarkdown } from './render-markdown.ts';

const reportOf = async (policy: string, saved: number, machine: string) => {
  const report = await build([
    ...play('baseline'),
    ...play(policy, { time: () => 100 * (1 - saved), fidelity: 'exact' }),
  ]);
  return { label: `run-${policy}`, report: { ...report, run: { id: `runs/${policy}`, machine } } };
};

describe('several runs as one report', () => {
  it('keep each policy against the baseline of its own run, and name the machines', async () => {
    const runs = [await reportOf('fast', 0.2, 'one'), await reportOf('same', 0, 'two')];
    const joined = joinReports(runs);
    expect(joined.groups).toHaveLength(1);
    expect(joined.cells.map(({ policy_name }) => policy_name)).toEqual([
      ...['baseline (run-fast)', 'fast', 'baseline (run-same)', 'same'],
    ]);
    expect(joined.cells[1]?.vs_baseline.generation_time?.ratio).toEqual(
      runs[0]?.report.cells[1]?.vs_baseline.generation_time?.ratio,
    );
    expect(joined.decisions.map(({ text }) => text)).toContainEqual(
      expect.stringMatching(/^run-fast: Use fast here: it takes 20 % less time/),
    );
    expect(renderMarkdown(joined)).toMatch(/2 different machines[\s\S]*machine of run-fast: one/);
  });

  it('correct the decisions of all runs together', async () => {
    const [run] = [await reportOf('fast', 0.2, 'one')];
    const { p_table } = run!.report.cells[1]!.vs_baseline.generation_time!;
    const many = Math.ceil(0.05 / (p_table as number)) + 1;
    const joined = joinReports(Array.from({ length: many }, (_, i) => ({ ...run!, label: `r${i}` })));
    const shown = joined.cells.flatMap(({ vs_baseline }) => vs_baseline.generation_time ?? []);
    expect(shown[0]?.p_table).toBeCloseTo(Math.min(1, many * (p_table as number)), 9);
    expect(shown.map(({ verdict }) => verdict)).not.toContain('better');
    expect(joined.decisions.filter(({ kind }) => kind === 'use')).toEqual([]);
  });
});
