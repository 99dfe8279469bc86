/**
 * Trials that are offered at once wait for each other, the baseline's never do. So they are measured together: from the
 * offer of a block to its last answer, against the sum of the baseline's times for the same samples.
 */
import { type BlockRecord, groupBy, type Trial } from '../core/index.ts';
import type { Measured } from './measure-trials.ts';
import type { ReportBlocks } from './report-types.ts';

/** A block that was played whole, once, without a failure or a replay. */
export interface WholeBlock {
  block: string;
  /** The samples it held: blocks of the same ones measure them again. */
  samples: string;
  /** The least repeat of its trials. */
  repeat: number;
  makespan: number;
  /** Completion tokens per second. */
  rate: number;
  /** Sum of the baseline's generation times over the same samples; undefined where one is missing. */
  baseline: number | undefined;
}

export interface MeasuredBlocks {
  about: ReportBlocks;
  whole: WholeBlock[];
}

/**
 * @param asked trials that the policy wants to be offered at once
 * @param twins times of the baseline by `twinOf`
 * @returns undefined for cells whose trials are played one by one
 */
export function measureBlocks(
  measured: readonly Measured[],
  records: readonly BlockRecord[],
  asked: number | undefined,
  twins: ReadonlyMap<string, number>,
): MeasuredBlocks | undefined {
  const blocks = groupBy(
    measured.map(({ trial }) => trial),
    ({ block }) => block,
  );
  const sizes = [...blocks.values()].map(({ length }) => length);
  if ((asked ?? 1) <= 1 && sizes.every((size) => size <= 1)) return undefined;
  const whole = [...blocks].flatMap(([block, trials]) => {
    const record = wholeRecord(
      trials,
      records.filter((one) => one.block === block),
    );
    if (!record) return [];
    const times = trials.map((trial) => twins.get(twinOf(trial)));
    const baseline = times.includes(undefined) ? undefined : (times as number[]).reduce((sum, time) => sum + time, 0);
    const { makespan_ms: makespan, completion_tokens } = record;
    const samples = [...new Set(trials.map(({ sample }) => sample))].sort().join('\n');
    const repeat = Math.min(...trials.map((trial) => trial.repeat));
    return [{ block, samples, repeat, makespan, rate: (1000 * completion_tokens) / makespan, baseline }];
  });
  const compared = whole.filter(({ baseline }) => baseline !== undefined).length;
  return {
    about: {
      count: blocks.size,
      compared,
      offered: sizes.reduce((least, size) => Math.min(least, size)),
      asked: asked ?? null,
    },
    whole,
  };
}

export const twinOf = ({ sample, repeat }: Trial) => `${repeat} ${sample}`;

/** A block that was taken up again has several records, none of which holds all of it. */
function wholeRecord(trials: readonly Trial[], records: readonly BlockRecord[]): BlockRecord | undefined {
  const [record, second] = records;
  const clean = trials.every(({ status, replays }) => status === 'ok' && !replays);
  const isWhole = record?.trials === record?.planned && record?.planned === trials.length;
  return clean && isWhole && !second && (record?.makespan_ms ?? 0) > 0 ? record : undefined;
}
