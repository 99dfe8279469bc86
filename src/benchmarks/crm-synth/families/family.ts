/** What one of the 22 families says about itself: how tasks are drawn, what is right, and how it is asked. */
import type { Draw } from '../draw.ts';
import type { Org } from '../org/org.ts';
import type { Row, TableName, Tables } from '../org/schema.ts';

export type AnswerKind = 'id' | 'ids' | 'month' | 'state' | 'factors' | 'stage' | 'text' | 'refusal';

/** What is right for given rows. */
export interface Gold {
  /** `['None']` where no record fits; the texts of a set in any order. */
  answers: readonly string[];
  /** No tie, a lead of at least 5 %, and enough rows to speak of. */
  isClear: boolean;
}

export interface Wording {
  question: string;
  /** Facts that a customer or colleague may add later: today's date, a threshold, the record in question. */
  details: readonly string[];
}

/** Which share of the organisation a prompt shows. */
export interface Focus {
  /** Rows of the main table at most. */
  size: number;
  /** No record shall fit, though the question is like any other: rows of the window are left out. */
  none: boolean;
  draw: Draw;
}

export interface Family<P = unknown> {
  name: string;
  persona: 'employee' | 'customer';
  answer: AnswerKind;
  /** A fifth of its tasks has no record that fits. */
  hasNone: boolean;
  /** Columns that a prompt with records shows. */
  columns: Partial<Record<TableName, readonly string[]>>;
  /** The rules, for every task of the family. */
  rules: string;
  /**
   * undefined: nothing came of this draw, try again.
   *
   * @param none whether no record shall fit, or whether the question has to be refused
   * @param whole whether the whole organisation is asked about, so that rows cannot be left out
   */
  sample(org: Org, draw: Draw, none: boolean, whole: boolean): P | undefined;
  /** The rows that a prompt shows for such a task. */
  focus(org: Org, params: P, focus: Focus): Partial<Record<TableName, readonly Row[]>>;
  /** The reference program. It sees the rows and the parameters, and nothing else of the organisation. */
  gold(tables: Tables, params: P): Gold;
  /** At least eight wordings. */
  ask(params: P, draw: Draw): Wording;
}

// biome-ignore lint/suspicious/noExplicitAny: a registry holds families of different parameters
export type AnyFamily = Family<any>;

export const none: Gold = { answers: ['None'], isClear: true };

export type Direction = 'highest' | 'lowest';

/** The key with the largest or smallest value. A lead under 5 % of the second's value is not clear. */
export function winner(values: ReadonlyMap<string, number>, direction: Direction): Gold {
  const sign = direction === 'highest' ? -1 : 1;
  const [first, second] = [...values].sort(([, a], [, b]) => sign * (a - b));
  if (!first) return none;
  if (!second) return { answers: [first[0]], isClear: false };
  const lead = Math.abs(first[1] - second[1]);
  return { answers: [first[0]], isClear: lead > 0 && 20 * lead >= Math.max(Math.abs(first[1]), Math.abs(second[1])) };
}

export function sums(): {
  add(key: string, value: number): void;
  totals: Map<string, number>;
  counts: Map<string, number>;
} {
  const totals = new Map<string, number>();
  const counts = new Map<string, number>();
  return {
    totals,
    counts,
    add(key, value) {
      totals.set(key, (totals.get(key) ?? 0) + value);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    },
  };
}

export const means = ({ totals, counts }: ReturnType<typeof sums>): Map<string, number> =>
  new Map([...totals].map(([key, total]) => [key, total / (counts.get(key) as number)]));

/** Rows in which a column has one of these values. */
export const rowsWith = (rows: readonly Row[], column: string, values: ReadonlySet<unknown>): Row[] =>
  rows.filter((row) => values.has(row[column]));

export const idsOf = (rows: readonly Row[]): Set<string> => new Set(rows.map(({ Id }) => Id));
export const valuesOf = (rows: readonly Row[], column: string): Set<unknown> => new Set(rows.map((row) => row[column]));
