/** A run as a page shows it: its report, its charts and how far it has come. */
import { isFinished } from '../assembly/finished-run.ts';
import type { Trial } from '../core/index.ts';
import { buildReport, chartsOfReport, createWorkTables, type Report, type ReportCharts } from '../report/index.ts';
import { type ReadRun, readRun } from '../store/read-run.ts';
import { collectRun } from './collect-run.ts';

export interface RunView {
  /** What `reportOn` gives. */
  report: Report;
  /** Of a run that is not complete: without comparisons. */
  charts: ReportCharts;
  isComplete: boolean;
  /** Trials of the plan. */
  planned: number;
  /** Families of samples, where there are several. */
  families: string[];
}

export interface ViewOptions {
  /** Only trials of samples of this family, as though the run held no others. */
  family?: string | undefined;
}

/**
 * Reads every trial once, takes no lock and writes nothing.
 * @throws E_DATA where there is no run
 */
export async function viewRun(path: string, { family }: ViewOptions = {}): Promise<RunView> {
  const work = createWorkTables();
  const isComplete = isPlayed(path);
  const { samples, plan } = readRun(path);
  const families = [...new Set(samples.flatMap((sample) => sample.family ?? []))].sort();
  const isWanted = family === undefined ? undefined : isOfFamily(samples, family);
  const { lacking: _, ...input } = await collectRun(path, { onTrial: work.read, isWanted });
  const report = buildReport(input);
  return {
    ...{ report, isComplete, planned: plan.trials, families: families.length > 1 ? families : [] },
    charts: chartsOfReport(isComplete ? report : withoutVerdicts(report), input.collected, work),
  };
}

function isOfFamily(samples: ReadRun['samples'], family: string): (trial: Trial) => boolean {
  const keyOf = (benchmark: string, id: string) => JSON.stringify([benchmark, id]);
  const wanted = new Set(
    samples.flatMap((sample) => (sample.family === family ? [keyOf(sample.benchmark, sample.id)] : [])),
  );
  return ({ cell, sample }) => wanted.has(keyOf(cell.benchmark, sample));
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
