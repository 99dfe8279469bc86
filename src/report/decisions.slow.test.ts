import { describe, expect, it } from 'vitest';
import { claimsOf, nullTable } from '../../test/support/null-table.mjs';
import { reportOfTrials } from '../../test/support/report-of-trials.ts';
import { createRandom, type Sample } from '../core/index.ts';
import { noiseName } from '../rows/index.ts';
import { decisionMetrics } from './decisions.ts';
import { decisionLine } from './group-lines.ts';
import type { Report } from './report-types.ts';

const policies = Array.from({ length: 5 }, (_, i) => `p${i}`);
const samples = new Map(Array.from({ length: 24 }, (_, i) => [`s${i}`, { id: `s${i}`, prompt: '', reference: 'yes' }]));

function reportOf(seed: number, names = policies, effect = 0): Promise<Report> {
  const trials = nullTable(createRandom(seed), { samples: 24, policies: names, effect });
  return reportOfTrials({
    ...{ run: { id: 'r' }, trials, policies: names, headlines: { b: 'exact_match' } },
    samples: new Map([['b', samples as Map<string, Sample>]]),
    // Margins of 0: nothing is called equivalent, so every false claim is seen.
    margin: { quality: 0, latency: 0, cost: 0, throughput: 0, work: 0, business: 0 },
  });
}

describe('decisions of a report', () => {
  it('are the headline score, the time and the cost', () => {
    const has =
      (...names: string[]) =>
      (name: string) =>
        names.includes(name);
    const single = { policy_name: 'p', blocks: null };
    expect(decisionMetrics(single, has('cpu_seconds'))).toEqual(['reward', 'generation_time', 'cpu_seconds']);
    expect(decisionMetrics(single, has('cpu_seconds', 'cost_usd')).at(-1)).toBe('cost_usd');
    expect(decisionMetrics(single, has())).toEqual(['reward', 'generation_time']);
    const blocks = { count: 1, compared: 1, offered: 8, asked: 8 };
    expect(decisionMetrics({ policy_name: 'p', blocks }, has())).toEqual(['reward', 'makespan']);
    expect(decisionMetrics({ policy_name: noiseName, blocks: null }, has('cost_usd'))).toEqual([]);
  });

  it('carry the p of the whole table, and all others say that they are exploratory', async () => {
    const report = await reportOf(1, ['a', 'b', noiseName]);
    const [, a, , noise] = report.cells;
    const decisions = Object.entries(a!.vs_baseline).filter(([, { exploratory }]) => !exploratory);
    expect(decisions.map(([name]) => name).sort()).toEqual(['cpu_seconds', 'generation_time', 'reward']);
    for (const { p_table, p } of Object.values(a!.vs_baseline))
      if (p_table !== null) expect(p_table).toBeGreaterThan(p! - 0.02);
    for (const { exploratory, p_table } of Object.values(noise!.vs_baseline))
      expect([exploratory, p_table]).toEqual([true, null]);
    expect(decisionLine(report.groups[0]!, report.cells)).toMatch(
      /^Decisions rest on time, exact_match, CPU: their 6 comparisons are corrected together.* All other verdicts are exploratory/,
    );
  });

  it('are false in few of 40 tables without an effect, and true ones stay (npm run perf:null-reports has eleven policies)', async () => {
    const found = { decisions: 0, uncorrected: 0, anywhere: 0, shown: 0 };
    for (let seed = 0; seed < 40; seed++) {
      const { decisions, uncorrected, anywhere } = claimsOf(await reportOf(seed));
      if (decisions.length > 0) found.decisions++;
      if (uncorrected.length > 0) found.uncorrected++;
      if (anywhere.length > 0) found.anywhere++;
    }
    for (let seed = 0; seed < 5; seed++)
      if (claimsOf(await reportOf(100 + seed, policies, 0.2)).decisions.some(({ policy_name }) => policy_name === 'p0'))
        found.shown++;
    // 5 % of 40 tables are 2; more than 5 have a chance of 1.4 %.
    expect(found.decisions).toBeLessThanOrEqual(5);
    expect(found.uncorrected).toBeGreaterThan(8);
    expect(found.shown).toBe(5);
  }, 180_000);
});
