/** The command lines that the project began with, `ttcbench` in place of `python runner.py`, typed in an empty folder. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openCommandLine } from './support/command-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'ttcbench-seed-'));
const typed = openCommandLine(folder, { GROQ_API_KEY: 'none-is-used' });
afterAll(async () => {
  await typed[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});
writeFileSync(join(folder, 'custom_config.yaml'), readFileSync(new URL('support/seed-config.yaml', import.meta.url)));

const ttcbench = (line: string) => typed(line.split(' '));

/** tiny8 comes with the package, so nothing is downloaded. */
const dry = '--dry-run --model tiny8';

describe.each([
  ['--policy early_exit_28 --benchmark crmarena', ['baseline', 'early_exit_28'], ['crm-synth']],
  ['run --policy early_exit_28 --benchmark crmarena', ['baseline', 'early_exit_28'], ['crm-synth']],
  ['--policy speculative_decoding --benchmark worfbench', ['baseline', 'speculative_decoding'], ['worf-synth']],
  ['--policy baseline', ['baseline'], []],
  ['--policy early_exit_28', ['baseline', 'early_exit_28'], []],
  ['--all', ['baseline', 'early_exit_32', 'elastic_batch_sorted'], []],
])('ttcbench %s', (line, policies, benchmarks) => {
  // Without a name of a benchmark: the one that needs no data and ends soon.
  const played = benchmarks.length === 0 ? 'extract (24 samples)' : `${benchmarks.join(', ')} (50 samples)`;
  it(`would play ${played}, and says what it stands in for`, async () => {
    const { code, out, err } = await ttcbench(`${line} ${dry}`);
    const all = `${out}\n${err}`;
    expect(code, all).toBe(0);
    for (const name of policies) expect(/policies: .*/.exec(all)?.[0]).toContain(name);
    expect(/benchmarks: .*/.exec(all)?.[0]).toBe(`benchmarks: ${played}`);
    const official = { 'crm-synth': 'crmarena', 'worf-synth': 'worfbench' } as Record<string, string>;
    for (const name of benchmarks)
      expect(all).toContain(`${official[name]} has no data here: running ${name} in its place`);
  });
});

it('ttcbench --config custom_config.yaml takes the policies and benchmarks of the file', async () => {
  const { code, out, err } = await ttcbench(`--config custom_config.yaml ${dry}`);
  expect(code, err).toBe(0);
  expect(out).toContain(
    'policies: baseline, early_exit_28\nbenchmarks: crm-synth (50 samples), worf-synth (50 samples)\n',
  );
});

it('plays both on tiny8: tables and files bear the names of what was played, and a note says why', async () => {
  const words =
    '--policy early_exit_28 --benchmark crmarena --benchmark worfbench --model tiny8 --samples 2 --max-tokens 8';
  const { code, out, err } = await ttcbench(`${words} --out played`);
  expect(code, err).toBe(0);
  const report = readFileSync(join(folder, 'played/metrics_report.md'), 'utf8');
  const cells = readFileSync(join(folder, 'played/jobs.jsonl'), 'utf8');
  for (const [name, official] of [
    ['crm-synth', 'crmarena'],
    ['worf-synth', 'worfbench'],
  ]) {
    for (const text of [out, report, cells]) expect(text).toContain(name);
    expect(report).toContain(`${official} had no data: ${name}`);
    expect(report).not.toMatch(new RegExp(`^\\|[^|]*\\| *${official} *\\|`, 'm'));
    expect(cells).not.toContain(`"${official}"`);
  }
}, 60_000);
