import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { loadModule } from './load-module.ts';
import { probeModule } from './probe-module.ts';

const bin = fileURLToPath(new URL('../../bin/ttcbench.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'ttcbench-modules-'));
afterAll(() => rmSync(folder, { recursive: true }));

let count = 0;
function file(text: string): string {
  const path = join(folder, `module-${++count}.mjs`);
  writeFileSync(path, text);
  return path;
}

describe('a module whose import', () => {
  it.each([
    ['exits as if all were well', 'process.exit(0);', /its import ended the process with code 0/],
    ['exits with an error', 'process.exit(7);', /with code 7/],
    [
      'exits a moment later, while it waits',
      'setTimeout(() => process.exit(0), 1); await new Promise(() => {});',
      /with code 0/,
    ],
    ['kills its process', "process.kill(process.pid, 'SIGKILL'); for (;;);", /by SIGKILL/],
    ['waits for what never comes', 'await new Promise(() => {});', /waits for something that never comes/],
    ['aborts', 'process.abort();', /by SIGABRT/],
  ])('%s is refused by name', async (_, text, words) => {
    const path = file(`${text}\nexport default {};`);
    await expect(loadModule(path, '--policy')).rejects.toMatchObject({
      code: 'E_ARGUMENT',
      message: expect.stringMatching(words),
    });
    await expect(loadModule(path, '--policy')).rejects.toThrow(`--policy ${path}: `);
  });

  it.each([
    ['loops', 'for (;;);'],
    ['waits for ever beside a clock', 'setInterval(() => {}, 1000); await new Promise(() => {});'],
  ])('%s is ended and refused by name', async (_, text) => {
    await expect(probeModule(file(text), '--metrics ./mine.mjs', 1500)).rejects.toMatchObject({
      code: 'E_ARGUMENT',
      message: '--metrics ./mine.mjs: its import was not over after 1.5 s: does it loop or wait for something?',
    });
  });

  it('prints does so on no result, and is named once', async () => {
    const path = file("console.log('hel\\u001b[31mlo'); export default { mine: true };");
    expect(await probeModule(path, '--policy x')).toEqual({ printed: 'hel\\u001b[31mlo' });
    const warnings: string[] = [];
    const hear = ({ message }: Error) => void warnings.push(message);
    process.on('warning', hear);
    const { write } = process.stdout;
    const seen: unknown[] = [];
    process.stdout.write = ((text: unknown) => seen.push(text) > 0) as typeof write;
    try {
      expect((await loadModule(path, '--policy')).default).toEqual({ mine: true });
      await loadModule(path, '--policy');
      await new Promise(setImmediate);
    } finally {
      process.stdout.write = write;
      process.off('warning', hear);
    }
    expect(seen.join('')).not.toContain('hel');
    expect(warnings).toEqual([`--policy ${path} printed while it was imported: hel\\u001b[31mlo`]);
  });

  it('leaves a server or a clock behind is loaded all the same', async () => {
    const path = file('setInterval(() => {}, 1000).unref(); export default 3;');
    expect((await loadModule(path, '--policy')).default).toBe(3);
    const kept = file("import http from 'node:http'; http.createServer().listen(0, '127.0.0.1'); export default 4;");
    await expect(probeModule(kept, 'x')).resolves.toEqual({ printed: '' });
  });

  it('imports ttcbench is loaded wherever it lies', async () => {
    const line = ['import', '{ now }', 'from', "'ttcbench/core';"].join(' ');
    await expect(probeModule(file(`${line} now();`), 'x')).resolves.toEqual({ printed: '' });
  });
});

describe('a run whose module', () => {
  const run = (text: string) => {
    const words = ['run', '--policy', 'baseline', '--model', 'tiny8', '--benchmark', 'tiny-crm', '--samples', '2'];
    const { status, stderr } = spawnSync(process.execPath, [bin, ...words, '--metrics', file(text), '--offline'], {
      cwd: folder,
      encoding: 'utf8',
    });
    return { status, stderr };
  };

  it.each([
    ['ends the process while it scores', '() => process.exit(0)'],
    ['ends it a moment after its import', '() => 1 }; setTimeout(() => process.exit(0), 5); void {'],
    ['ends it from a callback', '() => { setImmediate(() => process.exit(0)); return 1; }'],
  ])('%s fails, and names the line', (_, score) => {
    const { status, stderr } = run(`export default { mine: ${score} };`);
    expect(stderr).toMatch(/E_ABORTED: the command did not come to its end: .*module-\d+\.mjs:1 ended the process/);
    expect(status).toBe(1);
  });
});
