/** A run as the page shows it: sentences, tables of text, charts to draw. Of a run that is not complete nothing is judged. */
import { plainText } from '../core/index.ts';
import {
  absoluteColumns,
  type Column,
  columnsFor,
  groupKey,
  type NamedChart,
  noiseLine,
  perCorrectColumns,
  plainReport,
  type Report,
  type ReportCell,
} from '../report/index.ts';
import { noiseName } from '../rows/index.ts';
import { type RunView, withoutVerdicts } from '../ttcbench/index.ts';

export interface PageTable {
  /** What exports call it. */
  name: 'policies' | 'times' | 'per-correct';
  label: string;
  columns: { title: string; about: string; align: 'left' | 'right' }[];
  rows: { policy: string; texts: string[] }[];
}

export interface PageGroup {
  benchmark: string;
  backend: string;
  model: string;
  title: string;
  samples: number;
  /** Empty until the run is complete, and of a family: who decides by parts finds one that differs by chance. */
  decisions: string[];
  notes: string[];
  tables: PageTable[];
  charts: NamedChart[];
}

export interface PageRun {
  run: string;
  /** Of the files that it was made of: `/events` tells whoever has another one. */
  revision: string;
  /** Family that all of this is of; empty: all. */
  family: string;
  isComplete: boolean;
  /** Trials that were played, and those of the plan. */
  played: number;
  planned: number;
  machine: string;
  policies: string[];
  benchmarks: string[];
  backends: string[];
  models: string[];
  /** Of samples; empty where all are of one. */
  families: string[];
  /** What trials came to, among those that are shown. */
  statuses: string[];
  groups: PageGroup[];
  overall: NamedChart[];
  warnings: string[];
}

export function pageRun(
  name: string,
  { report: given, charts, isComplete, planned, families }: RunView,
  { revision = '', family = '' }: { revision?: string; family?: string | undefined } = {},
): PageRun {
  const report = plainReport(isComplete ? given : withoutVerdicts(given));
  return {
    ...{ run: name, revision, family: plainText(family, 300), isComplete, planned },
    played: report.cells.reduce((sum, { trials }) => sum + trials, 0),
    machine: report.run.machine ?? '',
    policies: [...new Set(report.cells.map(({ policy_name }) => policy_name))],
    benchmarks: [...new Set(report.groups.map(({ benchmark }) => benchmark))],
    backends: [...new Set(report.groups.map(({ backend }) => backend))],
    models: [...new Set(report.groups.map(({ model }) => model))],
    families: families.map((family) => plainText(family, 300)),
    statuses: [
      ...(report.cells.some(({ trials, failed, unsupported }) => trials > failed + unsupported) ? ['ok'] : []),
      ...(report.cells.some(({ failed }) => failed > 0) ? ['failed'] : []),
      ...(report.cells.some(({ unsupported }) => unsupported > 0) ? ['unsupported'] : []),
    ],
    groups: report.groups.map((group, at) => {
      const cells = report.cells.filter((cell) => groupKey(cell) === groupKey(group));
      const own = given.groups[at];
      return {
        ...pageGroup(report, group, cells, isComplete && family === ''),
        charts: [...((own && charts.groups.get(groupKey(own))) ?? charts.groups.get(groupKey(group)) ?? [])],
      };
    }),
    overall: [...charts.overall],
    warnings: report.warnings.map((text) => plainText(text, 1000)),
  };
}

function pageGroup(
  { decisions }: Report,
  group: Report['groups'][number],
  cells: readonly ReportCell[],
  isDecided: boolean,
): Omit<PageGroup, 'charts'> {
  const rows = cells.filter(({ policy_name }) => policy_name !== noiseName);
  const noise = cells.find(({ policy_name }) => policy_name === noiseName);
  const { benchmark, model, backend, samples } = group;
  return {
    ...{ benchmark, backend, model, samples, title: `${benchmark}: ${model} on ${backend}` },
    decisions: isDecided ? decisions.filter((one) => groupKey(one) === groupKey(group)).map(({ text }) => text) : [],
    notes: isDecided ? [noiseLine(group, noise)].filter((line) => line !== '') : [],
    tables: [
      tableOf('policies', `Policies on ${benchmark}`, scoreSooner(columnsFor(group, cells), group.headline), rows),
      tableOf('times', `Times and memory on ${benchmark}`, absoluteColumns(rows), rows),
      tableOf('per-correct', `Cost of a correct answer on ${benchmark}`, perCorrectColumns(rows), rows),
    ].filter(({ columns }) => columns.length > 1),
  };
}

/** What a policy costs in quality stands beside what it gains in time, where no window is too narrow to show it. */
function scoreSooner(columns: readonly Column[], headline: string | null): Column[] {
  const score = columns.filter(({ title }) => title === headline);
  const rest = columns.filter(({ title }) => title !== headline);
  const at = rest.findIndex(({ title }) => title === 'time ×') + 1;
  return at === 0 ? [...columns] : [...rest.slice(0, at), ...score, ...rest.slice(at)];
}

const tableOf = (
  name: PageTable['name'],
  label: string,
  columns: readonly Column[],
  cells: readonly ReportCell[],
): PageTable => ({
  ...{ name, label },
  columns: columns.map(({ title, about, align }) => ({ title, about, align })),
  rows: cells.map((cell) => ({ policy: cell.policy_name, texts: columns.map((column) => column.of(cell)) })),
});
