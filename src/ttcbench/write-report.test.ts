import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isLoadSweep, reportOn, reportOnLoad } from './index.ts';

const kept = join(import.meta.dirname, '..', '..', 'test', 'old-run-folder', 'engine');
const scratch = mkdtempSync(join(tmpdir(), 'ttcbench-files-'));
const run = join(scratch, 'runs', 'one');
const before = process.cwd();

beforeAll(() => {
  cpSync(kept, run, { recursive: true });
  process.chdir(scratch);
});
afterAll(() => {
  process.chdir(before);
  rmSync(scratch, { recursive: true, force: true });
});

/** Pictures that a Markdown file names, as paths. */
const picturesOf = (file: string) =>
  [...readFileSync(file, 'utf8').matchAll(/(?:src|srcset)="([^"]+)"/g)].map(([, path = '']) =>
    resolve(dirname(file), decodeURIComponent(path)),
  );

describe('files of a report', () => {
  it('are Markdown, page and pictures that the Markdown finds, from the working directory too', async () => {
    await reportOn(run, { files: {} });
    for (const file of [join(run, 'metrics_report.md'), join(scratch, 'metrics_report.md')]) {
      const pictures = picturesOf(file);
      expect(pictures.length).toBeGreaterThanOrEqual(6);
      for (const picture of pictures) expect(readFileSync(picture, 'utf8')).toMatch(/^<svg xmlns/);
    }
    const page = readFileSync(join(run, 'report.html'), 'utf8');
    for (const words of ['<figure>', 'Counters', 'layer_rows', 'Plan and seeds', 'Content-Security-Policy'])
      expect(page).toContain(words);
  });

  it('go where they are asked to, and nothing else is touched', async () => {
    const out = join(scratch, 'elsewhere');
    mkdirSync(join(out, 'report-charts'), { recursive: true });
    writeFileSync(join(out, 'report-charts', 'mine.svg'), 'mine');
    writeFileSync(join(out, 'report-charts', '9-old-light.svg'), 'of an older report');
    const earlier = readFileSync(join(run, 'report.html'), 'utf8');
    await reportOn(run, { files: { out, svg: false, png: true, html: false } });
    expect(readFileSync(join(run, 'report.html'), 'utf8')).toBe(earlier);
    expect(existsSync(join(out, 'report.html'))).toBe(false);
    const files = readdirSync(join(out, 'report-charts'));
    expect(files).toContain('mine.svg');
    expect(files).not.toContain('9-old-light.svg');
    const pictures = picturesOf(join(out, 'metrics_report.md'));
    expect(pictures.length).toBeGreaterThanOrEqual(6);
    for (const picture of pictures) expect(readFileSync(picture).subarray(1, 4).toString()).toBe('PNG');
  });

  it('are the Markdown alone where nothing else was asked for', async () => {
    const alone = join(scratch, 'runs', 'alone');
    cpSync(kept, alone, { recursive: true });
    await reportOn(alone, { write: 'folder' });
    expect(existsSync(join(alone, 'report.html'))).toBe(false);
    expect(existsSync(join(alone, 'report-charts'))).toBe(false);
    expect(picturesOf(join(alone, 'metrics_report.md'))).toEqual([]);
  });
});

describe('the report of a sweep over a load', () => {
  const folder = join(scratch, 'load');
  const spread = (p50: number) => ({
    ...{ mean: p50, p50, p90: 2 * p50, p95: 2 * p50, p99: 3 * p50 },
    ...{ n: 300, units: 300, intervals: { p50: { low: p50, high: p50 }, p99: { low: p50, high: 3 * p50 } } },
  });
  const point = (value: number) => ({
    ...{
      value,
      policy_name: 'baseline',
      benchmark: '<b>extract',
      trials: 10,
      failed: 0,
      seconds: 1,
      trials_per_second: 5,
    },
    ...{ tokens_per_second: 10 * value, first_token_latency: spread(50 * value), avg_token_latency: null },
    ...{ generation_time: spread(100 * value), slo_attainment: 0.5, goodput: 2, doubts: ['the server was busy'] },
  });
  const write = (curve: unknown) => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'load_curve.json'), JSON.stringify(curve));
  };

  it('has its chart and its table as Markdown and page', async () => {
    write({ param: 'rps', points: [1, 2, 4].map(point) });
    expect(isLoadSweep(folder)).toBe(true);
    expect(isLoadSweep(run)).toBe(false);
    expect((await reportOnLoad(folder)).points).toHaveLength(3);
    expect(picturesOf(join(folder, 'load_curve.md')).every((path) => existsSync(path))).toBe(true);
    const cells = readFileSync(join(folder, 'load_curve.md'), 'utf8')
      .match(/^\| +4 .*$/m)?.[0]
      .split('|');
    expect(cells?.map((cell) => cell.trim())).toContain('200 / 600');
    const page = readFileSync(join(folder, 'report.html'), 'utf8');
    for (const words of ['time to the first token', 'TTFT ms p50 / p99', 'the server was busy'])
      expect(page).toContain(words);
    expect(page).not.toContain('<b>extract');
  });

  it.each([
    ['no JSON', 'x'],
    ['another shape', { param: 'rps', points: [{ ...point(1), generation_time: { p50: 'fast' } }] }],
    ['an unknown load', { param: 'users', points: [] }],
  ])('says that the file is damaged: %s', async (_, curve) => {
    write(curve);
    await expect(reportOnLoad(folder)).rejects.toMatchObject({ code: 'E_DATA' });
  });
});
