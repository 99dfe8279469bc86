/** Cells of one group against their baseline: every metric both sides have, corrected over the policies. */
import { createRandom, type Metric, seedOf } from '../core/index.ts';
import {
  type Comparison,
  compare,
  fewestBlocks,
  fewestSamples,
  holm,
  judge,
  type Observation,
  type Rules,
} from '../stats/index.ts';
import { twinOf, type WholeBlock } from './measure-blocks.ts';
import type { Measured } from './measure-trials.ts';
import { noiseName, type ReportCell, type VsBaseline } from './report-types.ts';

/** A cell on its way into the report. */
export interface OpenCell {
  cell: ReportCell;
  measured: readonly Measured[];
  /** Of a cell whose trials are offered together. */
  blocks: readonly WholeBlock[];
}

export type Describe = (name: string) => Pick<Metric, 'name' | 'group' | 'unit' | 'better'>;

export interface Yardstick {
  describe: Describe;
  margin: Readonly<Record<string, number>>;
}

/** What waiting for the block's other trials spoils; the baseline's trials never wait. */
const spoiledByQueue = ({ name, group }: ReturnType<Describe>) =>
  group === 'latency' || (group === 'throughput' && name.endsWith('throughput'));

/** Calls of one batch share its passes and divide their cost: only the block's sum was measured. */
const sharedByBlock: ReadonlySet<string> = new Set(['cpu_seconds', 'engine_cpu_seconds']);

/** Zeros of two cells that failed throughout are equal and say nothing. */
const hasEnded = ({ cell: { trials, failed, unsupported } }: Pick<OpenCell, 'cell'>) => trials > failed + unsupported;

/** Fills `vs_baseline` of every cell. */
export function compareCells(baseline: OpenCell, others: readonly OpenCell[], yardstick: Yardstick): void {
  for (const name of Object.keys(baseline.cell.metrics)) {
    const twins = observations(baseline.measured, name);
    const spoiled = spoiledByQueue(yardstick.describe(name));
    const policies = others.filter(
      ({ cell }) => name in cell.metrics && !(spoiled && cell.blocks) && (hasEnded(baseline) || hasEnded({ cell })),
    );
    const family = policies.filter(({ cell }) => cell.policy_name !== noiseName);
    const alone = policies.filter(({ cell }) => cell.policy_name === noiseName);
    const shared = sharedByBlock.has(name) ? family.filter(({ cell }) => cell.blocks) : [];
    for (const cells of [family.filter((open) => !shared.includes(open)), alone])
      compareFamily(
        cells,
        (cell) => observations(cell.measured, name),
        () => twins,
        name,
        yardstick,
      );
    const sums = (from: readonly Measured[] | undefined) => (open: OpenCell) => sumsOfBlocks(open, from, name);
    compareFamily(shared, sums(undefined), sums(baseline.measured), name, yardstick, fewestBlocks);
  }
  const time = { ...yardstick.describe('generation_time'), name: 'makespan' };
  const margin = {
    makespan: yardstick.margin.generation_time ?? yardstick.margin.latency ?? 0.05,
    ...yardstick.margin,
  };
  const batched = others.filter(({ blocks }) => blocks.length > 0);
  const spans = (of: 'makespan' | 'baseline') => (cell: OpenCell) => observationsOfBlocks(cell, of);
  compareFamily(
    batched,
    spans('makespan'),
    spans('baseline'),
    'makespan',
    { describe: () => time, margin },
    fewestBlocks,
  );
}

function compareFamily(
  cells: readonly OpenCell[],
  valuesOf: (cell: OpenCell) => Observation[],
  twinsOf: (cell: OpenCell) => readonly Observation[],
  name: string,
  { describe, margin }: Yardstick,
  fewest = fewestSamples,
): void {
  const metric = describe(name);
  const scale = metric.unit === 'score' ? 'difference' : 'ratio';
  const compared = cells
    .map((open) => {
      const { cell } = open;
      const random = createRandom(seedOf(cell.benchmark, cell.backend, cell.model, cell.policy_name, name));
      return { cell, comparison: compare(valuesOf(open), twinsOf(open), random, scale) };
    })
    .filter(({ comparison }) => comparison.n > 0);
  const corrected = holm(compared.map(({ comparison }) => comparison.p));
  compared.forEach(({ cell, comparison }, i) => {
    const rules: Rules = {
      better: metric.better,
      margin: margin[name] ?? margin[metric.group] ?? (scale === 'difference' ? 0.02 : 0.05),
      scale,
      bounded: metric.unit === 'score',
      exact: keepsTokens(cell) && metric.name !== 'slo_attainment',
      fewest,
    };
    cell.vs_baseline[name] = entry(comparison, corrected[i] ?? null, rules);
  });
}

/** Equal tokens have equal scores, however few samples there are. A broken promise of them waives nothing. */
const keepsTokens = ({ fidelity, metrics: { agreement } }: ReportCell) =>
  fidelity === 'exact' && (agreement === undefined || agreement.mean === 1);

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

/** A block's sum of a metric over its trials, or over the twins that `from` has of them; whole blocks only. */
function sumsOfBlocks(
  { blocks, measured }: OpenCell,
  from: readonly Measured[] | undefined,
  name: string,
): Observation[] {
  const twins = from && new Map(from.map(({ trial, values }) => [twinOf(trial), values[name]]));
  return blocks.flatMap(({ block, samples, repeat }) => {
    const members = measured.filter(({ trial }) => trial.block === block);
    const each = members.map(({ trial, values }) => (twins ? twins.get(twinOf(trial)) : values[name]));
    if (each.includes(undefined)) return [];
    return [{ sample: samples, repeat, value: (each as number[]).reduce((sum, value) => sum + value, 0) }];
  });
}

/** The block is the unit: its trials are no independent measurements of its makespan, nor are those of its repeats. */
function observationsOfBlocks({ blocks }: OpenCell, of: 'makespan' | 'baseline'): Observation[] {
  return blocks.flatMap((block) => {
    const value = block[of];
    return value === undefined ? [] : [{ sample: block.samples, repeat: block.repeat, value }];
  });
}
