/**
 * What reports show of trials beside their rows: means of counters, amounts by layer and length, when each trial ended.
 * A few sums a cell, however many trials there are.
 */
import type { Cell, Trial } from '../core/index.ts';
import { createNumberColumn, type NumberColumn } from './number-column.ts';
import { createSums, type Sums } from './sums.ts';

export interface CellWork {
  /** Trials that ended well; all sums are over these. */
  trials: number;
  promptTokens: number;
  /** Counter → its sum. */
  sums: ReadonlyMap<string, number>;
  /** Tally → its buckets and their sums. */
  tallies: ReadonlyMap<string, readonly (readonly [bucket: string, sum: number])[]>;
  /** When each trial ended, in the order in which they were read, failed ones too: milliseconds since 1970, or NaN. */
  ended: Float64Array;
}

export interface WorkTables {
  read(trial: Trial): void;
  of(cell: Cell): CellWork | undefined;
}

interface OpenWork {
  cell: Cell;
  trials: number;
  promptTokens: number;
  rows: number;
  sums: Sums;
  tallies: Map<string, Sums>;
  ended: NumberColumn;
}

const openWork = (cell: Cell): OpenWork => ({
  ...{ cell, trials: 0, promptTokens: 0, rows: 0 },
  ...{ sums: createSums(), tallies: new Map(), ended: createNumberColumn() },
});

export function createWorkTables(): WorkTables {
  /** By policy: one text to look up, where all four together would have to be put together first. */
  const cells = new Map<string, OpenWork[]>();
  const find = (cell: Cell) => cells.get(cell.policy_name)?.find((work) => isSame(work.cell, cell));
  const enter = (cell: Cell) => {
    const work = openWork(cell);
    cells.set(cell.policy_name, [...(cells.get(cell.policy_name) ?? []), work]);
    return work;
  };
  const closed = new Map<OpenWork, CellWork>();
  return {
    read(trial) {
      const work = find(trial.cell) ?? enter(trial.cell);
      const ended = Date.parse(trial.ended_at);
      if (!Number.isNaN(ended)) work.ended.put(work.rows, ended);
      work.rows++;
      if (trial.status === 'ok') add(work, trial);
    },
    of(cell) {
      const work = find(cell);
      if (!work) return undefined;
      const known = closed.get(work) ?? close(work);
      closed.set(work, known);
      return known;
    },
  };
}

const isSame = (a: Cell, b: Cell) => a.benchmark === b.benchmark && a.model === b.model && a.backend === b.backend;

/** Tallies that charts show. */
const shown = ['exit_layer', 'accepted_length', 'kept_at_layer'];

function add(work: OpenWork, { turns, counters: { sums, tallies } }: Trial): void {
  work.trials++;
  for (const { prompt_tokens } of turns) if (Number.isFinite(prompt_tokens)) work.promptTokens += prompt_tokens;
  work.sums.add(sums);
  for (const name of shown) {
    const amounts = tallies[name];
    if (!amounts) continue;
    let tally = work.tallies.get(name);
    if (!tally) {
      tally = createSums();
      work.tallies.set(name, tally);
    }
    tally.add(amounts);
  }
}

const close = ({ trials, promptTokens, rows, sums, tallies, ended }: OpenWork): CellWork => ({
  ...{ trials, promptTokens, sums: new Map(sums.entries()), ended: ended.take(rows) },
  tallies: new Map([...tallies].map(([name, tally]) => [name, tally.entries()])),
});
