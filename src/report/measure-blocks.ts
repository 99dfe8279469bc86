/**
 * Trials that are offered at once wait for each other, the baseline's never do. So they are measured together: from the
 * offer of a block to its last answer, against the sum of the baseline's times for the same samples.
 */
import { timeMetric } from '../metrics/index.ts';
import type { BlockTime } from '../store/read-run.ts';
import type { CellTable, TableBlock } from './cell-table.ts';
import type { TwinRows } from './pairing.ts';
import type { ReportBlocks } from './report-types.ts';

/** A block that was played whole, once, without a failure or a replay. */
export interface WholeBlock {
  /** Rows of the cell, and of each the baseline's row of the same sample and repeat. */
  rows: readonly number[];
  twins: readonly (number | undefined)[];
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

export interface BlocksAbout {
  /** Records by block. One that was taken up again has several, none of which holds all of it. */
  records: ReadonlyMap<string, readonly BlockTime[]>;
  /** Trials that the policy wants to be offered at once. */
  asked: number | undefined;
  /** Ids of the group's samples. */
  samples: readonly string[];
  baseline: { table: CellTable; twinOf: TwinRows } | undefined;
}

/** @returns undefined for cells whose trials are played one by one */
export function measureBlocks(table: CellTable, about: BlocksAbout): MeasuredBlocks | undefined {
  const { asked, records } = about;
  if ((asked ?? 1) <= 1 && !table.isTogether) return undefined;
  const blocks = table.blocks();
  const whole = blocks.flatMap((block) => wholeBlock(block, records.get(block.name) ?? [], table, about) ?? []);
  return {
    about: {
      count: blocks.length,
      compared: whole.filter(({ baseline }) => baseline !== undefined).length,
      offered: blocks.reduce((least, { rows }) => Math.min(least, rows.length), Infinity),
      asked: asked ?? null,
    },
    whole,
  };
}

function wholeBlock(
  { rows, isClean }: TableBlock,
  [record, second]: readonly BlockTime[],
  { samples, repeats }: CellTable,
  { baseline, samples: ids }: BlocksAbout,
): WholeBlock | undefined {
  const isWhole = record?.trials === rows.length && record.planned === rows.length && !second;
  if (!isClean || !isWhole || !(record.makespan_ms > 0)) return undefined;
  const { makespan_ms: makespan, completion_tokens } = record;
  const twins = rows.map((row) => baseline?.twinOf(samples[row] as number, repeats[row] as number));
  const times = baseline?.table.values.get(timeMetric.name);
  return {
    ...{ rows, twins, makespan, rate: (1000 * completion_tokens) / makespan },
    samples: [...new Set(rows.map((row) => ids[samples[row] as number]))].sort().join('\n'),
    repeat: Math.min(...rows.map((row) => repeats[row] as number)),
    baseline: sumAt(twins, times),
  };
}

/** Sum of the values in these rows; undefined where one of them has none. */
export function sumAt(
  rows: readonly (number | undefined)[],
  values: ArrayLike<number> | undefined,
): number | undefined {
  let sum = 0;
  for (const row of rows) sum += (row === undefined ? undefined : values?.[row]) ?? Number.NaN;
  return Number.isNaN(sum) ? undefined : sum;
}
