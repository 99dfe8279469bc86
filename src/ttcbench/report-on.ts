import { join } from 'node:path';
import { buildReport, createWorkTables, type Report, renderMarkdown } from '../report/index.ts';
import { writeAtomically } from '../store/atomic-file.ts';
import { type CollectOptions, collectRun } from './collect-run.ts';
import { type ReportFiles, writeReport } from './write-report.ts';

export interface ReportOptions extends Omit<CollectOptions, 'onTrial'> {
  /** Write `metrics_report.md` into the run folder, and unless only `folder` is meant into the working directory. */
  write?: boolean | 'folder';
  /** Write a page and pictures as well. @default Markdown alone */
  files?: ReportFiles | undefined;
}

/** The report of a run folder; a run may still be going on. */
export async function reportOn(path: string, { write, files, ...options }: ReportOptions = {}): Promise<Report> {
  const work = files && createWorkTables();
  const { lacking, ...input } = await collectRun(path, { ...options, onTrial: work?.read });
  const report = buildReport(input);
  // A report with fewer columns than the run's own never takes its place; a warning says so.
  if (lacking.length > 0) return report;
  if (files && work) await writeReport(path, { report, collected: input.collected, work }, files);
  else if (write) {
    const text = renderMarkdown(report);
    await writeAtomically(join(path, 'metrics_report.md'), text);
    if (write !== 'folder') await writeAtomically('metrics_report.md', text);
  }
  return report;
}
