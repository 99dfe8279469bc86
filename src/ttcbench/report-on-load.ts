/** The report of a sweep over a load: its curve as Markdown, page and pictures. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TtcError } from '../core/index.ts';
import { type LoadCurve, loadCharts, markdownText, pictures, renderLoadCurve } from '../report/index.ts';
import { writeAtomically } from '../store/atomic-file.ts';
import { isObject } from '../store/is-object.ts';
import { makeFolder } from '../store/make-folder.ts';
import { RUN_FILES } from '../store/run-folder.ts';
import { writePictures } from './write-pictures.ts';
import type { ReportFiles } from './write-report.ts';

const curveFile = 'load_curve.json';

/** Whether a folder holds a sweep over a load and no run of its own. */
export const isLoadSweep = (path: string): boolean =>
  existsSync(join(path, curveFile)) && !existsSync(join(path, RUN_FILES.manifest));

/** @throws E_DATA where `load_curve.json` is damaged */
export const readLoadCurve = async (path: string): Promise<LoadCurve> =>
  curveOf(await readFile(join(path, curveFile), 'utf8'), path);

/** @throws E_DATA where `load_curve.json` is damaged */
export async function reportOnLoad(
  path: string,
  { out = path, html = true, ...files }: ReportFiles = {},
): Promise<LoadCurve> {
  const curve = await readLoadCurve(path);
  await makeFolder(out);
  const [shown = []] = await writePictures(out, [loadCharts(curve)], files);
  const blocks = ['# What more load does', ...pictures(shown), renderLoadCurve(curve, markdownText)];
  await writeAtomically(join(out, 'load_curve.md'), `${blocks.join('\n\n')}\n`);
  if (html) {
    const [{ loadPage }, { openDocument }] = await Promise.all([
      import('../report/html/load-page.ts'),
      import('../report/open-charts.ts'),
    ]);
    await writeAtomically(join(out, 'report.html'), loadPage(curve, openDocument()));
  }
  return curve;
}

const isNumber = (value: unknown) => typeof value === 'number' && Number.isFinite(value);
const isSpread = (value: unknown) => value === null || (isObject(value) && isNumber(value.p50) && isNumber(value.p99));

function isPoint(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { policy_name, benchmark, doubts, slo_attainment, goodput } = value;
  return (
    [policy_name, benchmark].every((one) => typeof one === 'string') &&
    [value.value, value.trials, value.failed, value.trials_per_second, value.tokens_per_second].every(isNumber) &&
    [value.first_token_latency, value.avg_token_latency, value.generation_time].every(isSpread) &&
    [slo_attainment, goodput].every((one) => one === null || isNumber(one)) &&
    Array.isArray(doubts) &&
    doubts.every((one) => typeof one === 'string')
  );
}

function curveOf(text: string, path: string): LoadCurve {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value) && (value.param === 'rps' || value.param === 'concurrency') && Array.isArray(value.points))
      if (value.points.every(isPoint)) return value as unknown as LoadCurve;
  } catch {
    // Said below.
  }
  throw new TtcError('E_DATA', `${join(path, curveFile)} is damaged`, {
    help: 'the same sweep with the same --out writes it anew',
  });
}
