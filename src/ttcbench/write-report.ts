/** The files of a report: Markdown, page, pictures. */
import { join, relative, resolve, sep } from 'node:path';
import {
  type Collected,
  chartsOfReport,
  counterTables,
  type Report,
  renderMarkdown,
  type WorkTables,
} from '../report/index.ts';
import { writeAtomically } from '../store/atomic-file.ts';
import { makeFolder } from '../store/make-folder.ts';
import { readManifest } from '../store/manifest.ts';
import { RUN_FILES } from '../store/run-folder.ts';
import { runFacts } from './run-facts.ts';
import { type PictureFiles, writePictures } from './write-pictures.ts';

/** What is written beside `metrics_report.md`. */
export interface ReportFiles extends PictureFiles {
  /** @default the run folder */
  out?: string | undefined;
  /** `report.html`. @default true */
  html?: boolean | undefined;
}

export interface WrittenReport {
  report: Report;
  collected: Collected;
  work: WorkTables;
}

/**
 * The Markdown is copied into the working directory, where its pictures are those of the report's folder.
 * @throws E_ARGUMENT where `out` cannot be made; E_JOURNAL where a file cannot be written
 */
export async function writeReport(
  path: string,
  { report, collected, work }: WrittenReport,
  { out = path, html = true, ...files }: ReportFiles,
): Promise<void> {
  await makeFolder(out);
  const charts = chartsOfReport(report, collected, work);
  const groups = [...charts.groups];
  const pictures = await writePictures(out, [charts.overall, ...groups.map(([, own]) => own)], files);
  const markdown = (folder: string) => {
    const at = pictures.map((own) => own.map((one) => ({ ...one, ...from(folder, out, one) })));
    const [overall = [], ...rest] = at;
    return renderMarkdown(report, { overall, groups: new Map(groups.map(([key], i) => [key, rest[i] ?? []])) });
  };
  await writeAtomically(join(out, 'metrics_report.md'), markdown(out));
  if (resolve(out) !== resolve('.')) await writeAtomically('metrics_report.md', markdown('.'));
  if (!html) return;
  const [{ reportPage }, { openDocument }] = await Promise.all([
    import('../report/html/report-page.ts'),
    import('../report/open-charts.ts'),
  ]);
  const facts = runFacts(manifestOf(path));
  const counters = counterTables(collected, work);
  await writeAtomically(
    join(out, 'report.html'),
    reportPage({ report, charts, counters, facts, document: openDocument() }),
  );
}

/** Paths of a picture as a file in another folder names them. */
function from(folder: string, out: string, { light, dark }: { light: string; dark: string }) {
  const path = (picture: string) => relative(folder, join(out, picture)).split(sep).join('/');
  return { light: path(light), dark: path(dark) };
}

/** A damaged one was named by the report already. */
function manifestOf(path: string) {
  try {
    return readManifest(join(path, RUN_FILES.manifest));
  } catch {
    return undefined;
  }
}
