/** Which rows of a cell are compared with which of the baseline's: found once, used for every metric. */
import type { NamedPairs } from '../stats/index.ts';
import type { CellTable } from './cell-table.ts';

/** Rows that have a twin, sample by sample in the order of the samples' ids, a sample's repeats in their order. */
export interface Pairing {
  rows: Int32Array;
  /** The baseline's rows of the same sample and repeat. */
  twins: Int32Array;
  /** Rank of the sample of each pair. */
  samples: Int32Array;
}

/** Row of the baseline by sample and repeat. */
export type TwinRows = (sample: number, repeat: number) => number | undefined;

export function twinRows({ samples, repeats }: CellTable): TwinRows {
  const rows = new Map<string | number, number>();
  const keyOf = (sample: number, repeat: number) => (repeat === 0 ? sample : `${repeat} ${sample}`);
  samples.forEach((sample, row) => {
    rows.set(keyOf(sample, repeats[row] as number), row);
  });
  return (sample, repeat) => rows.get(keyOf(sample, repeat));
}

/** Place of each sample in the order of ids: intervals may not depend on the order of play. */
export function ranksOf(ids: readonly string[]): Int32Array {
  const sorted = ids.map((_, sample) => sample).sort((a, b) => ((ids[a] as string) < (ids[b] as string) ? -1 : 1));
  const ranks = new Int32Array(ids.length);
  sorted.forEach((sample, rank) => {
    ranks[sample] = rank;
  });
  return ranks;
}

export function pairingOf({ samples, repeats }: CellTable, twinOf: TwinRows, ranks: Int32Array): Pairing {
  const found: { row: number; twin: number; sample: number }[] = [];
  samples.forEach((sample, row) => {
    const twin = twinOf(sample, repeats[row] as number);
    if (twin !== undefined) found.push({ row, twin, sample });
  });
  found.sort(
    (a, b) =>
      (ranks[a.sample] as number) - (ranks[b.sample] as number) ||
      (repeats[a.row] as number) - (repeats[b.row] as number),
  );
  return {
    rows: Int32Array.from(found, ({ row }) => row),
    twins: Int32Array.from(found, ({ twin }) => twin),
    samples: Int32Array.from(found, ({ sample }) => ranks[sample] as number),
  };
}

/** Both sides of a metric, a sample's repeats averaged: they are not independent. */
export function pairsOf(
  { rows, twins, samples }: Pairing,
  values: ArrayLike<number>,
  baseline: ArrayLike<number>,
): NamedPairs {
  const own = new Float64Array(rows.length);
  const theirs = new Float64Array(rows.length);
  const units = new Int32Array(rows.length);
  let count = 0;
  for (let at = 0; at < rows.length; ) {
    const sample = samples[at];
    let [sum, twinSum, repeats] = [0, 0, 0];
    for (; at < rows.length && samples[at] === sample; at++) {
      const [value, twin] = [values[rows[at] as number] as number, baseline[twins[at] as number] as number];
      if (Number.isNaN(value) || Number.isNaN(twin)) continue;
      sum += value;
      twinSum += twin;
      repeats++;
    }
    if (repeats === 0) continue;
    own[count] = sum / repeats;
    theirs[count] = twinSum / repeats;
    units[count] = sample as number;
    count++;
  }
  return { values: own.subarray(0, count), baseline: theirs.subarray(0, count), units: units.subarray(0, count) };
}
