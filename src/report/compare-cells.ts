/** Cells of one group against their baseline: every metric both sides have, corrected over the policies. */
import { createRandom, type Metric, seedOf } from '../core/index.ts';
import { type Comparison, compare, holm, judge, type Observation, type Rules } from '../stats/index.ts';
import type { Measured } from './measure-trials.ts';
import { noiseName, type ReportCell, type VsBaseline } from './report-types.ts';

/** A cell on its way into the report. */
export interface OpenCell {
  cell: ReportCell;
  measured: readonly Measured[];
}

export type Describe = (name: string) => Pick<Metric, 'name' | 'group' | 'unit' | 'better'>;

export interface Yardstick {
  describe: Describe;
  margin: Readonly<Record<string, number>>;
}

/** Fills `vs_baseline` of every cell. */
export function compareCells(baseline: OpenCell, others: readonly OpenCell[], yardstick: Yardstick): void {
  for (const name of Object.keys(baseline.cell.metrics)) {
    const twins = observations(baseline.measured, name);
    const policies = others.filter(({ cell }) => name in cell.metrics);
    const family = policies.filter(({ cell }) => cell.policy_name !== noiseName);
    const alone = policies.filter(({ cell }) => cell.policy_name === noiseName);
    for (const cells of [family, alone]) compareFamily(cells, twins, name, yardstick);
  }
}

function compareFamily(
  cells: readonly OpenCell[],
  twins: readonly Observation[],
  name: string,
  { describe, margin }: Yardstick,
): void {
  const metric = describe(name);
  const scale = metric.unit === 'score' ? 'difference' : 'ratio';
  const compared = cells
    .map(({ cell, measured }) => {
      const random = createRandom(seedOf(cell.benchmark, cell.backend, cell.model, cell.policy_name, name));
      return { cell, comparison: compare(observations(measured, name), twins, random, scale) };
    })
    .filter(({ comparison }) => comparison.n > 0);
  const corrected = holm(compared.map(({ comparison }) => comparison.p));
  compared.forEach(({ cell, comparison }, i) => {
    const rules: Rules = {
      better: metric.better,
      margin: margin[name] ?? margin[metric.group] ?? (scale === 'difference' ? 0.02 : 0.05),
      scale,
      bounded: metric.unit === 'score',
      exact: cell.fidelity === 'exact',
    };
    cell.vs_baseline[name] = entry(comparison, corrected[i] ?? null, rules);
  });
}

function entry(comparison: Comparison, corrected: number | null, rules: Rules): VsBaseline {
  const { difference, ratio, p, n, samplesToShow } = comparison;
  const verdict = judge(comparison, corrected, rules);
  return { difference, ratio, p, p_holm: corrected, n, verdict, samples_to_show: samplesToShow };
}

function observations(measured: readonly Measured[], name: string): Observation[] {
  return measured.flatMap(({ trial: { sample, repeat }, values }) => {
    const value = values[name];
    return value === undefined ? [] : [{ sample, repeat, value }];
  });
}
