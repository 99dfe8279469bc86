/**
 * Several runs as one report, such as those of a CI matrix with a policy a job. Each policy stays compared with the baseline
 * of its own run, on its own machine; nothing is compared across runs.
 */
import { baselineName, noiseName } from '../rows/index.ts';
import { decide } from './decide.ts';
import { groupKey, type Report, type ReportCell, type ReportGroup, type VsBaseline } from './report-types.ts';

export interface LabelledReport {
  /** Short name of the run. */
  label: string;
  report: Report;
}

export function joinReports(given: readonly LabelledReport[]): Report {
  if (given.length === 1) return (given[0] as LabelledReport).report;
  const runs = given.map(({ label, report }) => ({
    ...{ label, report },
    cells: report.cells.map((cell) => corrected(cell, given.length)),
  }));
  const groups = new Map<string, ReportGroup>();
  for (const { report } of runs)
    for (const group of report.groups) groups.set(groupKey(group), groups.get(groupKey(group)) ?? group);
  const names = countNames(runs.flatMap(({ cells }) => cells));
  const cells = [...groups.keys()].flatMap((key) =>
    runs.flatMap(({ label, cells }) =>
      cells
        .filter((cell) => groupKey(cell) === key)
        .map((cell) =>
          (names.get(nameOf(cell)) ?? 0) > 1 ? { ...cell, policy_name: `${cell.policy_name} (${label})` } : cell,
        ),
    ),
  );
  const machines = new Set(runs.map(({ report }) => report.run.machine));
  return {
    run: {
      id: runs.map(({ report }) => report.run.id).join(', '),
      ...(machines.size === 1 && runs[0]?.report.run.machine !== undefined && { machine: runs[0].report.run.machine }),
      notes: [
        `${runs.length} runs in one report: each policy is compared with the baseline of its own run, and the decisions of all runs are corrected together`,
        ...(machines.size > 1
          ? [
              `the runs were made on ${machines.size} different machines: compare × and differences between them, never milliseconds`,
              ...runs.map(({ label, report }) => `machine of ${label}: ${report.run.machine ?? 'not known'}`),
            ]
          : []),
        ...runs.flatMap(({ label, report }) => (report.run.notes ?? []).map((note) => `${label}: ${note}`)),
      ],
    },
    groups: [...groups.values()],
    cells,
    warnings: runs.flatMap(({ label, report }) => report.warnings.map((warning) => `${label}: ${warning}`)),
    decisions: runs.flatMap(({ label, report, cells }) =>
      decide({ ...report, cells }).map((one) => ({ ...one, text: `${label}: ${one.text}` })),
    ),
  };
}

const nameOf = ({ policy_name, ...cell }: ReportCell) => JSON.stringify([groupKey(cell), policy_name]);

function countNames(cells: readonly ReportCell[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const cell of cells) {
    const isShared = cell.policy_name === baselineName || cell.policy_name === noiseName;
    counts.set(nameOf(cell), (counts.get(nameOf(cell)) ?? 0) + (isShared ? 2 : 1));
  }
  return counts;
}

/** 5 % for the table of each run are more for all of them: Bonferroni over the runs. */
function corrected(cell: ReportCell, runs: number): ReportCell {
  const entries = Object.entries(cell.vs_baseline).map(([name, one]) => [name, correctedOne(one, runs)] as const);
  return { ...cell, vs_baseline: Object.fromEntries(entries) };
}

function correctedOne(one: VsBaseline, runs: number): VsBaseline {
  if (one.p_table === null) return one;
  const p_table = Math.min(1, one.p_table * runs);
  const isClaim = one.verdict === 'better' || one.verdict === 'worse' || one.verdict === 'different';
  return { ...one, p_table, verdict: isClaim && p_table > 0.05 ? 'not shown' : one.verdict };
}
