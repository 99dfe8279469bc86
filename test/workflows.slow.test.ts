/** The workflows of GitHub Actions: linted, and in step with what they run. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { catalogue } from '../src/models/catalogue.ts';
import { policies } from '../src/policies/index.ts';

const root = join(import.meta.dirname, '..');
const lint = join(root, 'node_modules', '@tktco', 'node-actionlint', 'bin', 'node-actionlint.js');
const text = readFileSync(join(root, '.github', 'workflows', 'benchmark.yml'), 'utf8');

describe('workflows', () => {
  it('pass actionlint, which sees a field that is not there', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ttcbench-workflow-'));
    cpSync(join(root, '.github', 'workflows'), folder, { recursive: true });
    writeFileSync(join(folder, 'broken.yml'), text.replace('matrix.policy }}', 'matrix.polity }}'));
    // One start for both: it takes seconds.
    const { status, stdout } = spawnSync(process.execPath, [lint, '*.yml'], { cwd: folder, encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    expect(status, stdout).toBe(1);
    expect(stdout).toMatch(/3 workflow/);
    expect(stdout.match(/^\S+\.yml:\d+:.*/gm)).toEqual([expect.stringMatching(/^broken\.yml:.*polity/)]);
  }, 60_000);

  it('play every variant, and keep the model under its own hash', () => {
    const { jobs, env } = parse(text);
    const variants = policies.flatMap((policy) => Object.keys(policy.variants)).filter((name) => name !== 'baseline');
    expect(jobs.benchmark.strategy.matrix.policy).toEqual(variants.filter((name) => name !== 'baseline_again'));
    expect(JSON.stringify(catalogue)).toContain(env.MODEL_SHA256);
    expect(JSON.stringify(catalogue)).toContain(env.MODEL);
  });
});
