/** The package as its readers' tools see it: exports, types, dependencies, bill of materials. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const { dependencies, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** What a tool of the checkout says, and whether it is content. */
function tool(name: string, ...words: string[]) {
  const { status, stdout, stderr } = spawnSync(join(root, 'node_modules/.bin', name), words, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  return { status, said: `${stdout}${stderr}` };
}

describe('the package', () => {
  it('has exports that lead where they say (publint)', () => {
    expect(tool('publint', '--strict')).toEqual({ status: 0, said: expect.stringContaining('All good!') });
  });

  it('has types that are right for ES modules (attw)', () => {
    const { status, said } = tool('attw', '--pack', '.', '--profile', 'esm-only', '--format', 'table-flipped');
    expect({ status, said }).toEqual({ status: 0, said: expect.stringContaining('ttcbench/engine') });
  });

  it('has no dependency that nothing uses, and uses none that it does not name (knip)', () => {
    expect(tool('knip')).toEqual({ status: 0, said: '' });
  });

  it('has a bill of materials with every dependency, its version and its licence', () => {
    const bill = JSON.parse(
      execFileSync('npm', ['run', '--silent', 'sbom'], { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 }),
    );
    expect(bill).toMatchObject({
      bomFormat: 'CycloneDX',
      metadata: { component: { purl: `pkg:npm/ttcbench@${version}` } },
    });
    type Part = { name: string; version: string; licenses?: unknown[] };
    const parts = new Map<string, Part>(bill.components.map((part: Part) => [`${part.name}@${part.version}`, part]));
    for (const [name, wanted] of Object.entries(dependencies))
      expect(parts.get(`${name}@${wanted}`)?.licenses?.length, name).toBeGreaterThan(0);
  });
});
