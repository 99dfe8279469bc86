/**
 * What reports show of trials beside their rows: means of counters, amounts by layer and length, when each trial ended.
 * A few sums a cell, however many trials there are.
 */
import type { Cell, Trial } from '../core/index.ts';
import { createNumberColumn, type NumberColumn } from './number-column.ts';

export interface CellWork {
  /** Trials that ended well; all sums are over these. */
  trials: number;
  promptTokens: number;
  /** Counter → its sum. */
  sums: Readonly<Record<string, number>>;
  /** Tally → bucket → its sum. */
  tallies: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** When each trial ended, in the order in which they were read, failed ones too: milliseconds since 1970, or NaN. */
  ended: Float64Array;
}

export interface WorkTables {
  read(trial: Trial): void;
  of(cell: Cell): CellWork | undefined;
}

interface OpenWork extends Omit<CellWork, 'ended' | 'sums' | 'tallies'> {
  rows: number;
  sums: Record<string, number>;
  tallies: Record<string, Record<string, number>>;
  ended: NumberColumn;
}

export function createWorkTables(): WorkTables {
  const cells = new Map<string, OpenWork>();
  const closed = new Map<string, CellWork>();
  return {
    read(trial) {
      const key = keyOf(trial.cell);
      let work = cells.get(key);
      if (!work) {
        work = {
          ...{ trials: 0, promptTokens: 0, rows: 0, sums: bare(), tallies: bare() },
          ended: createNumberColumn(),
        };
        cells.set(key, work);
      }
      const ended = Date.parse(trial.ended_at);
      if (!Number.isNaN(ended)) work.ended.put(work.rows, ended);
      work.rows++;
      if (trial.status === 'ok') add(work, trial);
    },
    of(cell) {
      const key = keyOf(cell);
      const work = cells.get(key);
      if (!work) return undefined;
      const known = closed.get(key) ?? { ...work, ended: work.ended.take(work.rows) };
      closed.set(key, known);
      return known;
    },
  };
}

/** A journal may name a counter `__proto__`. */
const bare = () => Object.create(null) as Record<string, never>;

const keyOf = ({ benchmark, policy_name, backend, model }: Cell) =>
  `${benchmark}\n${policy_name}\n${backend}\n${model}`;

/** Lines of journals may be damaged in ways that nobody saw: what is no number is left out. */
function add(work: OpenWork, { turns, counters }: Trial): void {
  work.trials++;
  for (const { prompt_tokens } of turns) if (Number.isFinite(prompt_tokens)) work.promptTokens += prompt_tokens;
  addTo(work.sums, counters.sums);
  for (const name in counters.tallies) {
    work.tallies[name] ??= bare();
    addTo(work.tallies[name], counters.tallies[name] ?? {});
  }
}

function addTo(sums: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const name in more) {
    const amount = more[name] as number;
    if (Number.isFinite(amount)) sums[name] = (sums[name] ?? 0) + amount;
  }
}
