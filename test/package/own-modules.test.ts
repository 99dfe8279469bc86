/**
 * A policy of one's own lies anywhere: the package is packed as for publishing and unpacked into a prefix of its own,
 * as `npm install --global` does it, and its program runs in folders that have nothing but a module in them. Only the
 * dependencies are linked from this checkout, so that nothing has to be downloaded.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pages, readPage } from '../support/documented-commands.ts';

const root = join(import.meta.dirname, '..', '..');
const prefix = mkdtempSync(join(tmpdir(), 'ttcbench-prefix-'));
const installed = join(prefix, 'lib', 'node_modules', 'ttcbench');
const program = join(prefix, 'bin', 'ttcbench');
afterAll(() => rmSync(prefix, { recursive: true }));

beforeAll(() => {
  const words = ['pack', '--json', '--ignore-scripts', '--pack-destination', prefix];
  const [{ filename }] = JSON.parse(execFileSync('npm', words, { cwd: root, encoding: 'utf8' }));
  execFileSync('tar', ['-xzf', join(prefix, filename), '-C', prefix]);
  mkdirSync(join(installed, '..'), { recursive: true });
  cpSync(join(prefix, 'package'), installed, { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(installed, 'node_modules'));
  mkdirSync(join(prefix, 'bin'));
  symlinkSync(join(installed, 'bin', 'ttcbench.js'), program);
});

function emptyFolder(files: Record<string, string>): string {
  const folder = mkdtempSync(join(prefix, 'empty-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

function run(folder: string, ...words: string[]) {
  const limits = ['--benchmark', 'tiny-crm', '--model', 'tiny8', '--samples', '2', '--offline', '--out', 'out'];
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, 'run', ...limits, ...words], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { code: status, out: stdout, err: stderr };
}

const example = (name: string) => readFileSync(join(installed, 'examples', name), 'utf8');

describe('from an empty folder, beside a global installation', () => {
  it('a policy runs, in the main process and in the engine’s', () => {
    const folder = emptyFolder({ 'last-bigram.mjs': example('last-bigram.mjs') });
    const { code, out, err } = run(folder, '--policy', './last-bigram.mjs');
    expect(err).not.toMatch(/E_/);
    expect([code, out]).toEqual([0, expect.stringContaining('last_bigram')]);
  });

  it('so do a `.js` file, and metrics that are added in code', () => {
    const metrics = "import { evaluator } from 'ttcbench';\nevaluator.addMetric('letters', (text) => text.length);\n";
    const folder = emptyFolder({ 'mine.js': example('last-bigram.mjs'), 'metrics.mjs': metrics });
    const { code, out, err } = run(folder, '--policy', './mine.js', '--metrics', './metrics.mjs', '--json');
    expect([code, err]).toEqual([0, expect.not.stringContaining('E_')]);
    expect(out).toContain('"letters"');
  });

  it('an own installation of the folder comes first', () => {
    const files = { 'package.json': '{ "name": "mine" }', 'mine.mjs': example('last-bigram.mjs') };
    const folder = emptyFolder(files);
    const own = join(folder, 'node_modules', 'ttcbench');
    mkdirSync(own, { recursive: true });
    const exports = { '.': './index.js', './decode': './index.js' };
    writeFileSync(join(own, 'package.json'), JSON.stringify({ name: 'ttcbench', type: 'module', exports }));
    writeFileSync(join(own, 'index.js'), 'export const version = 0;\n');
    expect(run(folder, '--policy', './mine.mjs').err).toMatch(/does not provide an export named 'start'/);
  });

  it('what is missing otherwise is still missing', () => {
    const folder = emptyFolder({ 'mine.mjs': "import 'no-such-package-anywhere';\n" });
    const { code, err } = run(folder, '--policy', './mine.mjs');
    expect(code).toBe(2);
    expect(err).toMatch(/E_ARGUMENT: --policy \.\/mine\.mjs: Cannot find package 'no-such-package-anywhere'/);
  });
});

describe('the examples of the package, as they lie in it', () => {
  const examples = join(installed, 'examples');
  const start = (...words: string[]) => spawnSync(process.execPath, words, { cwd: emptyFolder({}), encoding: 'utf8' });

  it('a policy, a metric and prompts of one’s own play together', () => {
    const own = ['--policy', 'last-bigram.mjs', '--metrics', 'brevity.mjs', '--benchmark', 'my-prompts.jsonl'];
    const words = own.map((word) => (word.startsWith('--') ? word : join(examples, word)));
    const { status, stdout, stderr } = start(program, 'run', ...words, '--model', 'tiny8', '--offline', '--json');
    expect([status, stderr]).toEqual([0, expect.not.stringMatching(/E_[A-Z]+:/)]);
    for (const name of ['last_bigram', 'brevity', 'my-prompts']) expect(stdout).toContain(name);
  });

  it('a program runs', () => {
    const { status, stdout } = start(join(examples, 'library.mjs'));
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^speculative_decoding: score \d\.\d{3}, time × /m)]);
  });
});

describe('the package', () => {
  it('holds what its messages and pages point to', () => {
    for (const file of ['docs/configuration.md', 'docs/errors.md', 'examples/brevity.mjs', 'CONTRIBUTING.md'])
      expect(existsSync(join(installed, file)), file).toBe(true);
  });

  it('holds what its pages link to, but the workflows of the repository', () => {
    for (const page of pages()) {
      const links = [...readPage(page).matchAll(/\]\((?![a-z]+:|#)([^)#\s]+)[^)]*\)/g)].map(
        ([, link]) => link as string,
      );
      for (const link of links.filter((one) => !one.startsWith('.github/')))
        expect(existsSync(join(installed, page, '..', link)), `${page}: ${link}`).toBe(true);
    }
  });
});
