import { join } from 'node:path';
import { buildReport, type Report, renderMarkdown } from '../report/index.ts';
import { writeAtomically } from '../store/atomic-file.ts';
import { type CollectOptions, collectRun } from './collect-run.ts';

export interface ReportOptions extends CollectOptions {
  /** Write `metrics_report.md` into the run folder, and unless only `folder` is meant into the working directory. */
  write?: boolean | 'folder';
}

/** The report of a run folder; a run may still be going on. */
export async function reportOn(path: string, options: ReportOptions = {}): Promise<Report> {
  const { lacking, ...input } = await collectRun(path, options);
  const report = buildReport(input);
  // A report with fewer columns than the run's own never takes its place; a warning says so.
  if (options.write && lacking.length === 0) {
    const text = renderMarkdown(report);
    await writeAtomically(join(path, 'metrics_report.md'), text);
    if (options.write !== 'folder') await writeAtomically('metrics_report.md', text);
  }
  return report;
}
