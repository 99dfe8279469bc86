/** A run as a page shows it: its report, its charts and how far it has come. */
import { isFinished } from '../assembly/finished-run.ts';
import { buildReport, chartsOfReport, createWorkTables, type Report, type ReportCharts } from '../report/index.ts';
import { readRun } from '../store/read-run.ts';
import { collectRun } from './collect-run.ts';

export interface RunView {
  /** What `reportOn` gives. */
  report: Report;
  /** Of a run that is not complete: without comparisons. */
  charts: ReportCharts;
  isComplete: boolean;
  /** Trials of the plan. */
  planned: number;
}

/**
 * Reads every trial once, takes no lock and writes nothing.
 * @throws E_DATA where there is no run
 */
export async function viewRun(path: string): Promise<RunView> {
  const work = createWorkTables();
  const isComplete = isPlayed(path);
  const { lacking: _, ...input } = await collectRun(path, { onTrial: work.read });
  const report = buildReport(input);
  return {
    ...{ report, isComplete, planned: readRun(path).plan.trials },
    charts: chartsOfReport(isComplete ? report : withoutVerdicts(report), input.collected, work),
  };
}

/** A damaged manifest says nothing of an end; the report names the damage. */
function isPlayed(path: string): boolean {
  try {
    return isFinished(path);
  } catch {
    return false;
  }
}

/** What was measured, without any comparison: who looks while trials come in would find differences that are not there. */
export const withoutVerdicts = (report: Report): Report => ({
  ...report,
  decisions: [],
  cells: report.cells.map((cell) => ({
    ...cell,
    vs_baseline: {},
    families: cell.families.map((part) => ({ ...part, time_ratio: null })),
    per_correct: {},
  })),
});
