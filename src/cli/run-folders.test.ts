import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runFolder } from './run-folders.ts';

const folder = mkdtempSync(join(tmpdir(), 'ttcbench-names-'));
const before = process.cwd();

function makeRun(path: string, seconds: number) {
  mkdirSync(join(folder, path), { recursive: true });
  writeFileSync(join(folder, path, 'run.json'), '{}');
  utimesSync(join(folder, path), seconds, seconds);
}
beforeAll(() => {
  makeRun('runs/abc123', 10);
  makeRun('runs/demo-ffff', 20);
  makeRun('mine', 30);
  mkdirSync(join(folder, 'runs', 'abc124'));
  process.chdir(folder);
});
afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true });
});

it.each([
  ['abc123', join('runs', 'abc123')],
  ['abc123/', join('runs', 'abc123/')],
  ['mine', 'mine'],
  ['runs/abc123', 'runs/abc123'],
])('%s is %s', (name, found) => expect(runFolder(name)).toBe(found));

it.each([
  ['abc132', '; did you mean runs/abc123?'],
  ['mien', '; did you mean mine?'],
  ['./mien', '; did you mean ./mine?'],
  ['runs/demo-fff', '; did you mean runs/demo-ffff?'],
  // A folder without a run is no suggestion, and a path is looked up nowhere else.
  ['abc125', '; did you mean runs/abc123?'],
  ['elsewhere/abc123', ''],
])('%s is not there, and another may be meant', (name, near) => {
  const refused = (() => {
    try {
      return runFolder(name);
    } catch (error) {
      return error;
    }
  })();
  expect(refused).toMatchObject({
    code: 'E_DATA',
    message: `there is no run folder ${name}${near}`,
    help: 'below runs/ there are, the newest first: demo-ffff, abc123',
  });
});
