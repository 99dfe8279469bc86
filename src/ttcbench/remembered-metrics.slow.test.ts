import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readManifest } from '../store/manifest.ts';

const root = join(import.meta.dirname, '..', '..');
const bin = join(root, 'bin', 'ttcbench.js');
const scratch = mkdtempSync(join(tmpdir(), 'ttcbench-remembered-'));
const module = join(scratch, 'mine.mjs');
const text = 'export default { shout: (prediction) => (prediction === prediction.toUpperCase() ? 1 : 0) };\n';
const page = () => readFileSync(join(scratch, 'a', 'metrics_report.md'), 'utf8');

function ttcbench(...words: string[]) {
  const env = { ...process.env, NO_COLOR: '1', COLUMNS: '200' };
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...words], {
    cwd: scratch,
    env,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}
const asJson = (...words: string[]) => JSON.parse(ttcbench(...words, '--json').stdout);

describe('metrics and objectives of a run', () => {
  beforeAll(() => {
    writeFileSync(module, text);
    const what = ['--policy', 'baseline', '--benchmark', 'tiny-crm', '--model', 'tiny8', '--samples', '2'];
    const { status, stderr } = ttcbench(
      ...['run', ...what, '--out', 'a', '--metrics', './mine.mjs', '--slo', 'generation_time=100000'],
    );
    expect(stderr).toMatch(/Run folder/);
    expect(status).toBe(0);
  }, 60_000);
  afterAll(() => rmSync(scratch, { recursive: true }));

  it('stand in run.json', () => {
    expect(readManifest(join(scratch, 'a', 'run.json'))?.checks).toMatchObject({
      ...{ metrics: [{ path: expect.stringMatching(/mine\.mjs$/) }], own_metrics: ['shout'] },
      slo: { generation_time: 100_000 },
    });
  });

  it.each(['report', 'rescore'])('are those of %s, from any folder, and its file keeps its columns', (command) => {
    const { cells, run } = asJson(command, 'a');
    expect(cells[0].metrics).toHaveProperty('shout');
    expect(cells[0].metrics).toHaveProperty('slo_attainment');
    expect(run.notes).toContainEqual(expect.stringMatching(/^objectives: generation_time/));
    expect(page()).toMatch(/\| shout +\|/);
  });

  it('are those of the same command without them, given again', () => {
    const words = ['--policy', 'baseline', '--benchmark', 'tiny-crm', '--model', 'tiny8', '--samples', '2'];
    expect(asJson('run', ...words, '--out', 'a').cells[0].metrics).toHaveProperty('shout');
    expect(page()).toMatch(/\| shout +\|/);
  });

  it.each([
    ['is gone', () => rmSync(module), /there is no such file any more/],
    ['has changed', () => writeFileSync(module, `${text}// other`), /has changed since; --metrics takes it/],
  ])('whose module %s are told of, and the better report stays', (_, change, why) => {
    const before = page();
    change();
    try {
      const { warnings, cells } = asJson('report', 'a');
      expect(cells[0].metrics).not.toHaveProperty('shout');
      expect(warnings).toContainEqual(expect.stringMatching(why));
      expect(warnings).toContainEqual(expect.stringMatching(/lacks \(shout\): metrics_report.md is left as it was/));
      expect(page()).toBe(before);
      // Named anew, wherever it lies, it is the run's metric again.
      writeFileSync(join(scratch, 'moved.mjs'), text);
      expect(asJson('report', 'a', '--metrics', './moved.mjs').warnings.join()).not.toMatch(/lacks|not here/);
    } finally {
      writeFileSync(module, text);
    }
  });

  it('never run out of a run folder, which somebody else may have made', () => {
    mkdirSync(join(scratch, 'b'));
    for (const file of ['run.json', 'jobs.jsonl', 'samples.jsonl', 'journal-main.jsonl'])
      copyFileSync(join(scratch, 'a', file), join(scratch, 'b', file));
    const trap = join(scratch, 'sprung');
    const evil = `import { writeFileSync } from 'node:fs';\nwriteFileSync(${JSON.stringify(trap)}, '');\nexport default { shout: () => 1 };\n`;
    writeFileSync(join(scratch, 'b', 'evil.mjs'), evil);
    // Without its checksum, as somebody would who writes it by hand.
    const { crc: _, ...manifest } = JSON.parse(readFileSync(join(scratch, 'b', 'run.json'), 'utf8'));
    writeFileSync(join(scratch, 'b', 'run.json'), JSON.stringify(manifest).replaceAll('/mine.mjs', '/b/evil.mjs'));
    expect(asJson('report', 'b').warnings.join()).toMatch(/a module in a run folder is not run/);
    expect(existsSync(trap)).toBe(false);
  });
});
