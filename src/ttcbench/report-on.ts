import { join } from 'node:path';
import { TtcError } from '../core/index.ts';
import { buildReport, createWorkTables, type Report, renderMarkdown } from '../report/index.ts';
import { writeAtomically } from '../store/atomic-file.ts';
import { type CollectOptions, collectRun } from './collect-run.ts';
import { knownOnTwoThreads } from './statistics-on-two-threads.ts';
import { type ReportFiles, writeReport } from './write-report.ts';

export interface ReportOptions extends Omit<CollectOptions, 'onTrial'> {
  /** Write `metrics_report.md` into the run folder, and unless only `folder` is meant into the working directory. */
  write?: boolean | 'folder';
  /** Write a page and pictures as well. @default Markdown alone */
  files?: ReportFiles | undefined;
  /** A file of the report cannot be written: a full disk takes no table from the reader. @default it is thrown */
  onUnwritten?(error: TtcError): void;
}

/**
 * The report of a run folder; a run may still be going on.
 * @throws E_JOURNAL where a file of the report cannot be written, and nobody listens to that
 */
export async function reportOn(
  path: string,
  { write, files, onUnwritten, ...options }: ReportOptions = {},
): Promise<Report> {
  const work = files && createWorkTables();
  const { lacking, ...input } = await collectRun(path, { ...options, onTrial: work?.read });
  const report = buildReport(await knownOnTwoThreads(input));
  // A report with fewer columns than the run's own never takes its place; a warning says so.
  if (lacking.length > 0) return report;
  if (files && work) await orElse(onUnwritten, writeReport(path, { report, collected: input.collected, work }, files));
  else if (write) {
    const text = renderMarkdown(report);
    const paths = [join(path, 'metrics_report.md'), ...(write === 'folder' ? [] : ['metrics_report.md'])];
    for (const file of paths) await orElse(onUnwritten, writeAtomically(file, text));
  }
  return report;
}

/** Waits for something that is written. Where somebody listens, what the disk refuses ends nothing. */
export async function orElse(refused: ReportOptions['onUnwritten'], writing: Promise<unknown>): Promise<void> {
  await writing.catch((error) => {
    if (!refused || !(error instanceof TtcError)) throw error;
    refused(error);
  });
}
