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
  /** Made when they are asked for: where every trial has a block of its own, nobody asks. */
  blocks(): TableBlock[];
  /** Some trials were offered together. */
  isTogether: boolean;
  /** Of the counters that were asked for, those above 0 in some finished trial. */
  counted: ReadonlySet<string>;
  failures: FailureCount[];
}

const names = metrics.map(({ name }) => name);

/** @param counters whether they were above 0 in a finished trial is noted */
export function createCellTable(cell: Cell, counters: readonly string[]) {
  const counts = { ok: 0, failed: 0, unsupported: 0 };
  const [samples, repeats]: [number[], number[]] = [[], []];
  /** By the place of a metric in the registry. */
  const measured: (NumberColumn | undefined)[] = names.map(() => undefined);
  const others = new Map<string, NumberColumn>();
  const blocks = createBlockColumn();
  const counted = new Set<string>();
  const failures = createFailureCounts();
  let replayed = 0;

  const put = (name: string, value: number | undefined) => {
    if (value === undefined) return;
    const column = others.get(name) ?? createNumberColumn();
    others.set(name, column);
    column.put(samples.length, value);
  };

  return {
    /** @param sample number of its sample in the group */
    read(row: Row, sample: number): void {
      counts[row.status]++;
      if (row.replays > 0) replayed++;
      blocks.put(row.block, row.status === 'ok' && row.replays === 0);
      for (let i = 0; i < names.length; i++) {
        const value = row[names[i] as string] as number | undefined;
        if (value === undefined) continue;
        const column = measured[i] ?? createNumberColumn();
        measured[i] = column;
        column.put(samples.length, value);
      }
      for (const name in row.own_metrics) put(name, row.own_metrics[name]);
      for (const name in row.scores) put(name, row.scores[name]);
      if (row.status === 'ok') for (const name of counters) if (countOf(row, name) > 0) counted.add(name);
      failures.read(row);
      samples.push(sample);
      repeats.push(row.repeat);
    },
    table(): CellTable {
      const taken = (columns: readonly (readonly [string, NumberColumn | undefined])[]) =>
        new Map(columns.flatMap(([name, column]) => (column ? [[name, column.take(samples.length)] as const] : [])));
      return {
        ...{
          cell,
          rows: samples.length,
          ...counts,
          replayed,
          samples,
          repeats,
          values: taken([...measured.map((column, i) => [names[i] as string, column] as const), ...others]),
          counted,
        },
        ...{ ...blocks.close(), failures: failures.counts() },
      };
    },
  };
}

/** Which block each row is of: for most runs a number a row is all that is kept. */
function createBlockColumn() {
  const numbers = new Map<string, number>();
  const rows: number[] = [];
  const unclean = new Set<number>();
  return {
    put(name: string, isClean: boolean): void {
      const block = numbers.get(name) ?? numbers.size;
      if (block === numbers.size) numbers.set(name, block);
      if (!isClean) unclean.add(block);
      rows.push(block);
    },
    close(): Pick<CellTable, 'blocks' | 'isTogether'> {
      const names = [...numbers.keys()];
      return { blocks: () => blocksOf(names, rows, unclean), isTogether: names.length < rows.length };
    },
  };
}

function blocksOf(names: readonly string[], rows: readonly number[], unclean: ReadonlySet<number>): TableBlock[] {
  const blocks = names.map((name, block): TableBlock => ({ name, rows: [], isClean: !unclean.has(block) }));
  rows.forEach((block, row) => {
    blocks[block]?.rows.push(row);
  });
  return blocks;
}
