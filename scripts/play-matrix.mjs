/**
 * Plays the matrix of .github/workflows/benchmark.yml here: the commands of its steps, word for word, one clean folder a
 * policy, then the join of all of them to one report.
 *
 *   node scripts/play-matrix.mjs [policy …]    default: the first three of the matrix
 *   SAMPLES=24 node scripts/play-matrix.mjs    default: 2 samples, whose numbers say nothing
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '..');
const { jobs } = parse(readFileSync(join(root, '.github', 'workflows', 'benchmark.yml'), 'utf8'));
const all = jobs.benchmark.strategy.matrix.policy;
const policies = process.argv.length > 2 ? process.argv.slice(2) : all.slice(0, 3);
const stepOf = (job, name) => jobs[job].steps.find((step) => step.name === name).run;
const place = mkdtempSync(join(tmpdir(), 'ttcbench-matrix-'));
const env = { ...process.env, MODEL: process.env.MODEL ?? 'smollm2-135m', SAMPLES: process.env.SAMPLES ?? '2' };

/** What a checkout and a build leave in a job's folder. */
function checkout(name) {
  const folder = join(place, name);
  mkdirSync(folder);
  for (const part of ['bin', 'dist', 'assets', 'package.json'])
    cpSync(join(root, part), join(folder, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

function play(command, cwd, more) {
  const { status } = spawnSync('bash', ['-eo', 'pipefail', '-c', command], {
    cwd,
    env: { ...env, ...more },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) {
    console.error(`ended with ${status}: ${command}`);
    process.exit(status ?? 1);
  }
}

const report = checkout('report');
mkdirSync(join(report, 'runs'));
for (const policy of policies) {
  const folder = checkout(policy);
  play(stepOf('benchmark', 'Run the policy and the baseline'), folder, { POLICY: policy });
  // Upload and download of an artifact: the folder's content under the artifact's name.
  cpSync(join(folder, 'runs', policy), join(report, 'runs', `run-${policy}`), { recursive: true });
}
play(stepOf('report', 'Join all runs to one report'), report, { GITHUB_STEP_SUMMARY: join(place, 'summary.md') });
console.log(`Report: ${join(report, 'metrics_report.md')}`);
