/** Rows pass by once: into tables by cell, notes and warnings. */
import type { Cell, Metric } from '../core/index.ts';
import {
  baselineName,
  collectFaults,
  counterColumn,
  countersOfActing,
  createRunClock,
  inOrder,
  type MeasuredTrial,
  notes,
  openNotes,
  type Row,
  type RunAbout,
} from '../rows/index.ts';
import { type CellTable, createCellTable } from './cell-table.ts';

/** Cells that can be compared: same benchmark, backend and model. */
export interface GroupTable {
  benchmark: string;
  backend: string;
  model: string;
  /** Ids of samples by their number. */
  samples: readonly string[];
  /** Family of each sample, where it has one. */
  families: readonly (string | undefined)[];
  /** In the order of the report. */
  cells: readonly CellTable[];
}

export interface Collected {
  groups: readonly GroupTable[];
  notes: readonly string[];
  warnings: readonly string[];
  /** From the first intended send to the last end, pauses between sessions left out. */
  seconds: number;
}

export interface CollectAbout {
  run: RunAbout;
  /** Wall clock of the sessions' starts. */
  starts?: readonly string[] | undefined;
  /** Variant → the counters that are all above zero when it acted; none for the baseline and for controls. */
  acts?: Readonly<Record<string, string | readonly string[]>> | undefined;
  /** The user's own metrics. */
  extra?: readonly Metric[] | undefined;
}

const read = [
  ...[
    'benchmark',
    'backend',
    'model',
    'policy_name',
    'realisation',
    'fidelity',
    'sample_id',
    'family',
    'repeat',
    'block',
  ],
  ...['status', 'error_code', 'error_message', 'replays', 'started_at', 'ended_at'],
];

/** The columns of facts and counters that a report reads: rows for it need no others. */
export function columnsOfReport(acts: CollectAbout['acts'] = {}): Set<string> {
  const counters = Object.values(acts).flat().map(counterColumn);
  return new Set([...read, ...notes.flatMap(({ columns }) => columns), ...counters]);
}

type OpenTable = ReturnType<typeof createCellTable>;

interface OpenGroup extends Pick<GroupTable, 'benchmark' | 'backend' | 'model'> {
  samples: Map<string, number>;
  families: (string | undefined)[];
  cells: Map<string, OpenTable>;
}

export async function collectRows(
  measured: AsyncIterable<MeasuredTrial>,
  { run, starts = [], acts = {}, extra = [] }: CollectAbout,
): Promise<Collected> {
  const said = openNotes(run);
  const faults = collectFaults(extra, run.order);
  const clock = createRunClock(starts);
  const groups = new Map<string, OpenGroup>();
  for await (const trial of measured) {
    const { row } = trial;
    said.read(row);
    faults.read(trial);
    clock.read(row);
    const group = groupOf(row, groups);
    const sample = numberOf(row.sample_id, group.samples);
    group.families[sample] = row.family;
    cellOf(row, group, acts).read(row, sample);
  }
  return {
    groups: inOrder(groups.values(), ({ benchmark }) => ({ benchmark, policy_name: baselineName }), run.order).map(
      (group) => closed(group, run),
    ),
    notes: said.notes(),
    warnings: [...said.warnings(), ...faults.warnings()],
    seconds: clock.seconds(),
  };
}

function groupOf({ benchmark, backend, model }: Row, groups: Map<string, OpenGroup>): OpenGroup {
  const key = JSON.stringify([benchmark, backend, model]);
  const group = groups.get(key) ?? { benchmark, backend, model, samples: new Map(), families: [], cells: new Map() };
  groups.set(key, group);
  return group;
}

function cellOf(row: Row, { cells }: OpenGroup, acts: NonNullable<CollectAbout['acts']>): OpenTable {
  const known = cells.get(row.policy_name);
  if (known) return known;
  const { benchmark, policy_name, realisation, backend, model, fidelity } = row;
  const cell: Cell = { benchmark, policy_name, realisation, backend, model, fidelity };
  const table = createCellTable(cell, [...(countersOfActing(acts, cell) ?? [])]);
  cells.set(policy_name, table);
  return table;
}

function numberOf(name: string, numbers: Map<string, number>): number {
  const known = numbers.get(name);
  if (known !== undefined) return known;
  numbers.set(name, numbers.size);
  return numbers.size - 1;
}

function closed({ benchmark, backend, model, samples, families, cells }: OpenGroup, { order }: RunAbout): GroupTable {
  const tables = [...cells.values()].map((table) => table.table());
  return {
    ...{ benchmark, backend, model, samples: [...samples.keys()], families },
    cells: inOrder(tables, ({ cell }) => cell, order),
  };
}
