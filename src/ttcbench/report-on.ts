import { join } from 'node:path';
import { TtcError } from '../core/index.ts';
import { buildReport, type Report, renderMarkdown } from '../report/index.ts';
import { writeAtomically } from '../store/atomic-file.ts';
import { type CollectOptions, collectRun } from './collect-run.ts';

export interface ReportOptions extends CollectOptions {
  /** Write `metrics_report.md` into the run folder, and unless only `folder` is meant into the working directory. */
  write?: boolean | 'folder';
  /** A file of the report cannot be written: a full disk takes no table from the reader. @default it is thrown */
  onUnwritten?(error: TtcError): void;
}

/**
 * The report of a run folder; a run may still be going on.
 * @throws E_JOURNAL where a file of the report cannot be written, and nobody listens to that
 */
export async function reportOn(path: string, options: ReportOptions = {}): Promise<Report> {
  const { lacking, ...input } = await collectRun(path, options);
  const report = buildReport(input);
  // A report with fewer columns than the run's own never takes its place; a warning says so.
  if (options.write && lacking.length === 0) {
    const text = renderMarkdown(report);
    const files = [join(path, 'metrics_report.md'), ...(options.write === 'folder' ? [] : ['metrics_report.md'])];
    for (const file of files) await orElse(options.onUnwritten, writeAtomically(file, text));
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
