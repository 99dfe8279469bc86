/** Several run folders as one report. */
import { basename, resolve } from 'node:path';
import { joinReports, type Report, renderMarkdown } from '../report/index.ts';
import { writeAtomically } from '../store/atomic-file.ts';
import { type ReportOptions, reportOn } from './report-on.ts';

/** Writes `metrics_report.md` into the working directory only: the folders keep their own. */
export async function reportJoined(
  folders: readonly string[],
  { write = false, ...options }: ReportOptions = {},
): Promise<Report> {
  const names = folders.map((folder) => basename(resolve(folder)));
  const labels = new Set(names).size === names.length ? names : folders;
  const reports = [];
  for (const [i, folder] of folders.entries())
    reports.push({ label: labels[i] as string, report: await reportOn(folder, options) });
  const joined = joinReports(reports);
  if (write) await writeAtomically('metrics_report.md', renderMarkdown(joined));
  return joined;
}
