/** The rows of one cell, by column: arrays of numbers in place of a record a trial. */
import type { Cell } from '../core/index.ts';
import { metrics } from '../metrics/index.ts';
import { countOf, type Row } from '../rows/index.ts';
import { createFailureCounts, type FailureCount } from './count-failures.ts';
import { createNumberColumn, type NumberColumn } from './number-column.ts';

/** Trials that were offered together. */
export interface TableBlock {
  name: string;
  /** Rows of the table. */
  rows: number[];
  /** None failed or was played again. */
  isClean: boolean;
}

export interface CellTable {
  cell: Cell;
  /** Trials. */
  rows: number;
  ok: number;
  failed: number;
  unsupported: number;
  replayed: number;
  /** Number of each row's sample in the group, and its repeat. */
  samples: readonly number[];
  repeats: readonly number[];
  /** Metric → a value a row, NaN where there is none. Metrics that no row has are not there. */
  values: ReadonlyMap<string, Float64Array>;
  blocks: readonly TableBlock[];
  /** Of the counters that were asked for, those above 0 in some finished trial. */
  counted: ReadonlySet<string>;
  failures: FailureCount[];
}

const names = metrics.map(({ name }) => name);

/** @param counters whether they were above 0 in a finished trial is noted */
export function createCellTable(cell: Cell, counters: readonly string[]) {
  const counts = { ok: 0, failed: 0, unsupported: 0 };
  const [samples, repeats]: [number[], number[]] = [[], []];
  const values = new Map<string, NumberColumn>();
  const blocks = new Map<string, TableBlock>();
  const counted = new Set<string>();
  const failures = createFailureCounts();
  let replayed = 0;

  const put = (name: string, value: number | undefined) => {
    if (value === undefined) return;
    const column = values.get(name) ?? createNumberColumn();
    values.set(name, column);
    column.put(samples.length, value);
  };
  const putInBlock = (row: Row, isClean: boolean) => {
    const block = blocks.get(row.block) ?? { name: row.block, rows: [], isClean: true };
    blocks.set(row.block, block);
    block.rows.push(samples.length);
    block.isClean &&= isClean;
  };

  return {
    /** @param sample number of its sample in the group */
    read(row: Row, sample: number): void {
      counts[row.status]++;
      if (row.replays > 0) replayed++;
      putInBlock(row, row.status === 'ok' && row.replays === 0);
      for (const name of names) {
        const value = row[name] as number | undefined;
        if (value !== undefined) put(name, value);
      }
      for (const name in row.own_metrics) put(name, row.own_metrics[name]);
      for (const name in row.scores) put(name, row.scores[name]);
      if (row.status === 'ok') for (const name of counters) if (countOf(row, name) > 0) counted.add(name);
      failures.read(row);
      samples.push(sample);
      repeats.push(row.repeat);
    },
    table(): CellTable {
      return {
        ...{
          cell,
          rows: samples.length,
          ...counts,
          replayed,
          samples,
          repeats,
          values: inRegistryOrder(values, samples.length),
          counted,
        },
        ...{ blocks: [...blocks.values()], failures: failures.counts() },
      };
    },
  };
}

function inRegistryOrder(values: ReadonlyMap<string, NumberColumn>, rows: number): Map<string, Float64Array> {
  const known = names.filter((name) => values.has(name));
  const others = [...values.keys()].filter((name) => !known.includes(name));
  return new Map([...known, ...others].map((name) => [name, (values.get(name) as NumberColumn).take(rows)]));
}
