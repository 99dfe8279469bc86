/** What a reader must know of metrics that failed, or are not what they say they are: one sentence each per report. */
import type { Metric } from '../core/index.ts';
import type { MeasuredTrial } from './measure.ts';
import { type CellOrder, inOrder } from './order.ts';
import { measuredValue } from './row.ts';

/** Rounding may put a cosine of 1 this much above 1. */
const hair = 1e-6;

/** Most kinds of problems per metric: messages may quote their trials in ways that `kindOf` does not know. */
const mostKinds = 4;

interface Fault {
  count: number;
  cells: Set<string>;
  /** Of the first trial. */
  sample: string;
  problem: string;
}

/** Metric → kind of problem → its trials. */
type Faults = Map<string, Map<string, Fault>>;

export interface MetricFaults {
  read(measured: MeasuredTrial): void;
  warnings(): string[];
}

interface Cell {
  policy_name: string;
  benchmark: string;
  trials: number;
}

/** @param extra metrics of the user's own */
export function collectFaults(extra: readonly Metric[], order: CellOrder): MetricFaults {
  const cells = new Map<string, Cell>();
  const missing: Faults = new Map();
  const outside: Faults = new Map();
  const scores = extra.filter(({ unit }) => unit === 'score');
  return {
    read({ row, faults }) {
      const { policy_name, benchmark, sample_id } = row;
      const cell = `${policy_name} on ${benchmark}`;
      const known = cells.get(cell) ?? { policy_name, benchmark, trials: 0 };
      cells.set(cell, known);
      known.trials++;
      const about = { cell, sample: sample_id };
      for (const { metric, problem } of faults) note(missing, metric, kindOf(problem), { ...about, problem });
      for (const { name } of scores) {
        const value = measuredValue(row, name);
        if (value !== undefined && Math.abs(value - 0.5) > 0.5 + hair)
          note(outside, name, '', { ...about, problem: String(value) });
      }
    },
    warnings: () => [
      ...lines(missing, (metric, kind, { sample, problem }, where) => {
        const others = kind === rest ? ' for other reasons' : '';
        return `${metric} is missing${others} in ${where}; the first, ${sample}: ${problem}`;
      }),
      ...lines(
        outside,
        (metric, _, { sample, problem }, where) =>
          `${metric} is read as a score but lies outside [0, 1] in ${where}; the first, ${sample}: ${problem}. If it is not a score, give { score, unit: 'count', better: 'less' } instead of the function (units: docs/metrics.md)`,
      ),
    ],
  };

  function lines(faults: Faults, say: (metric: string, kind: string, fault: Fault, where: string) => string): string[] {
    const ordered = new Map(inOrder(cells, ([, cell]) => cell, order));
    return [...faults].flatMap(([metric, kinds]) =>
      [...kinds].map(([kind, fault]) => say(metric, kind, fault, whereOf(fault, ordered))),
    );
  }
}

/** All kinds after the first few. */
const rest = 'rest';

/** A problem without what differs from trial to trial: numbers, and what is quoted. */
const kindOf = (problem: string) => `: ${problem.replace(/(["'`“‘]).*?["'`”’]|\d+/g, '…')}`;

function note(
  faults: Faults,
  metric: string,
  kind: string,
  { cell, sample, problem }: { cell: string; sample: string; problem: string },
): void {
  const kinds = faults.get(metric) ?? new Map<string, Fault>();
  faults.set(metric, kinds);
  const key = kinds.has(kind) || kinds.size < mostKinds ? kind : rest;
  const fault = kinds.get(key) ?? { count: 0, cells: new Set(), sample, problem };
  kinds.set(key, fault);
  fault.count++;
  fault.cells.add(cell);
}

/** How many trials, and in which cells: all, all but a few, or those that are named, whichever names the fewest. */
function whereOf({ count, cells }: Fault, all: ReadonlyMap<string, Cell>): string {
  const [own, others] = [true, false].map((inside) => [...all.keys()].filter((cell) => cells.has(cell) === inside)) as [
    string[],
    string[],
  ];
  const of = own.reduce((sum, cell) => sum + (all.get(cell)?.trials ?? 0), 0);
  const share = `${count} of ${of} trials`;
  if (own.length > 1 && others.length === 0) return `${share}, in all ${own.length} cells`;
  if (others.length < own.length && others.length > 0) return `${share}, in all cells but ${listed(others)}`;
  return `${share} of ${listed(own)}`;
}

const listed = (names: readonly string[]) =>
  [names.slice(0, -1).join(', '), ...names.slice(-1)].filter(Boolean).join(' and ');
