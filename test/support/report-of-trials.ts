/** A report of trials at hand, in any order, as that of a run folder is made. */
import type { BlockRecord, Metric, Objective, Prices, Sample, Trial } from '../../src/core/index.ts';
import { buildReport, collectRows, type Report, type ReportRun } from '../../src/report/index.ts';
import { bareRun, createMeasure, inPairs, measureTrials, type RunAbout } from '../../src/rows/index.ts';

export interface TrialsAtHand {
  run: ReportRun;
  trials: readonly Trial[];
  samples: ReadonlyMap<string, ReadonlyMap<string, Sample>>;
  /** Policies as they were asked for. */
  policies?: readonly string[];
  margin?: Readonly<Record<string, number>>;
  prices?: Prices;
  acts?: Readonly<Record<string, string | readonly string[]>>;
  headlines?: Readonly<Record<string, string>>;
  floors?: Readonly<Record<string, { constant: number; oracle?: number }>>;
  blocks?: readonly BlockRecord[];
  blockSizes?: Readonly<Record<string, number>>;
  objectives?: readonly Objective[];
  seconds?: number;
  extra?: readonly Metric[];
}

export const aboutRun = (changes: Partial<RunAbout> = {}): RunAbout => bareRun({ id: 'r', ...changes });

export async function reportOfTrials({ trials, policies = [], seconds, ...input }: TrialsAtHand): Promise<Report> {
  const measure = createMeasure({ ...input, run: input.run.id });
  const blocks = (input.blocks ?? []).map(({ cell, ...block }) => ({ ...block, policy_name: cell.policy_name }));
  const run = aboutRun({ id: input.run.id, blocks, order: { benchmarks: [], policies } });
  const collected = await collectRows(measureTrials(inPairs(trials), measure), { ...input, run });
  return buildReport({
    ...input,
    collected: { ...collected, ...(seconds !== undefined && { seconds }) },
    ...{ headlines: measure.headlines, blocks },
  });
}
