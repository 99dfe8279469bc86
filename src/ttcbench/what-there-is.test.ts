import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { builtBenchmarks, ownFile } from '../benchmarks/index.ts';
import { validate } from '../core/index.ts';
import { metrics } from '../metrics/index.ts';
import { findVariant, policies } from '../policies/index.ts';
import { listBenchmarks, listMetrics, listPolicies } from './what-there-is.ts';

it('lists every variant with its sentence, and parameters that it takes as they are listed', () => {
  const listed = listPolicies();
  expect(listed.map(({ name }) => name)).toEqual(policies.flatMap(({ variants }) => Object.keys(variants)));
  for (const { name, about, runs, parameters } of listed) {
    expect(about).toMatch(/\w.*\.$/);
    expect(runs.length).toBeGreaterThan(0);
    const { policy, params } = findVariant(name)!;
    const given = Object.fromEntries(parameters.map(({ name, fallback }) => [name, fallback]));
    expect(validate(policy.params, given, name)).toEqual(validate(policy.params, params, name));
    for (const { about, values } of parameters)
      expect([about, values]).toEqual([expect.stringMatching(/\w/), expect.stringMatching(/\w/)]);
  }
});

it('lists every benchmark and its options, and files of the user’s own', async () => {
  const listed = listBenchmarks();
  expect(listed.map(({ name }) => name)).toEqual([...builtBenchmarks.map(({ name }) => name), './FILE.jsonl']);
  for (const { about, scores, maxTokens } of listed) {
    expect(about).toMatch(/\w/);
    expect(scores.length).toBeGreaterThan(0);
    expect(maxTokens).toBeGreaterThan(0);
  }
  const crm = listed.find(({ name }) => name === 'crm-synth')!;
  expect(crm.options.find(({ name }) => name === 'level')?.values).toBe('`1`, `2`, `3`, `4`');
  const folder = mkdtempSync(join(tmpdir(), 'ttcbench-list-'));
  const file = join(folder, 'mine.jsonl');
  writeFileSync(file, '{"id":"1","prompt":"?","reference":"!"}');
  const own = await ownFile(file);
  rmSync(folder, { recursive: true });
  const said = listed.at(-1)!;
  expect(said.maxTokens).toBe(own.maxTokens);
  expect(Object.fromEntries(said.options.map(({ name, fallback }) => [name, fallback]))).toEqual(
    validate(own.options, {}, 'x'),
  );
});

it('lists every metric', () => {
  expect(listMetrics().map(({ name }) => name)).toEqual(metrics.map(({ name }) => name));
  for (const { about } of listMetrics()) expect(about).toMatch(/\.$/);
});
