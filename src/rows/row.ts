/**
 * One finished trial as one flat record: who it is, what it measured, what it counted. Everything after the journal
 * (tables, comparisons, load curves, exports) reads rows and nothing else.
 *
 * Left out on purpose: prompts, answers, texts of parts, token ids, times and marks of single tokens, records of inner
 * calls. They stand in the journal under `trial_key`, and would make a row a hundred times as large.
 */
import type { Unit } from '../core/index.ts';
import { metrics } from '../metrics/index.ts';
import type { ColumnType, Value, ValuesOf } from './columns/column.ts';
import { counterColumn, sharedCounters } from './columns/counters.ts';
import { identityColumns } from './columns/identity.ts';
import { spanColumns } from './columns/spans.ts';
import { wireColumns } from './columns/wire.ts';

export { counterColumn };

export const factColumns = { ...identityColumns, ...spanColumns, ...wireColumns };

type Facts = ValuesOf<typeof factColumns>;

/** Of names that no registry knows: scores of a benchmark, metrics of the user's own, counters, totals of tallies. */
interface Maps {
  readonly scores: Readonly<Record<string, number>>;
  readonly own_metrics: Readonly<Record<string, number>>;
  readonly other_counters: Readonly<Record<string, number>>;
  readonly tallies: Readonly<Record<string, number>>;
}

/** Flat and JSON-safe; metrics and counters (`counter_…`) stand under their names where they have a value. */
export type Row = Facts & Maps & { readonly [column: string]: Value | undefined };

export interface ColumnDescription {
  name: string;
  type: ColumnType;
  unit?: Unit;
  about: string;
}

const maps: Record<keyof Maps, string> = {
  scores: 'Scores that only the benchmark knows.',
  own_metrics: "Metrics of the user's own.",
  other_counters: 'Counters that nobody declares.',
  tallies: 'Totals of what was counted by bucket (layer, position, rows).',
};

const withUnit = (unit: Unit | undefined) => (unit === undefined ? {} : { unit });

/**
 * Every column that a row may have, in the order in which an export writes them.
 * @param counters what policies declare: counter → what it counts
 */
export function describeRow(counters: Readonly<Record<string, string>> = {}): ColumnDescription[] {
  const facts = Object.entries(factColumns).map(([name, { type, about, ...rest }]) => ({
    ...{ name, type, about },
    ...withUnit('unit' in rest ? rest.unit : undefined),
  }));
  const measured = metrics.map(({ name, unit, about }) => ({ name, type: 'number' as const, unit, about }));
  const counted = Object.entries({ ...sharedCounters, ...counters }).map(([counter, what]) => ({
    ...{ name: counterColumn(counter), type: 'number' as const },
    about: `Counted: ${what}.`,
    ...withUnit(counter.endsWith('_ms') ? 'ms' : undefined),
  }));
  const others = Object.entries(maps).map(([name, about]) => ({ name, type: 'map' as const, about }));
  return [...facts, ...measured, ...counted, ...others];
}

const registered = new Set(metrics.map(({ name }) => name));

export const isRegistered = (name: string): boolean => registered.has(name);

/** A number that was measured: a metric, one of the user's own, a score that only the benchmark knows. */
export function measuredValue(row: Row, name: string): number | undefined {
  // A metric of the user's own may have the name of a fact.
  return registered.has(name) ? (row[name] as number | undefined) : (row.own_metrics[name] ?? row.scores[name]);
}

/** What was counted under a name, as a sum or, where there is none, over all buckets of a tally. */
export function countOf(row: Row, counter: string): number {
  const sum = row[counterColumn(counter)] ?? row.other_counters[counter] ?? row.tallies[counter];
  return typeof sum === 'number' ? sum : 0;
}
