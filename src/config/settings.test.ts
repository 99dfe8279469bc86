import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { everything } from '../../test/support/registries.ts';
import { backends } from '../backends/index.ts';
import type { BackendConfig, RunConfig } from '../core/index.ts';
import { type Execution, loadConfig } from './index.ts';
import { type Setting, settings } from './settings.ts';

const table = Object.entries(settings) as [string, Setting][];

/** Every field of the resolved types, so that the compiler asks for those that are added. */
const execution: Record<keyof Execution, true> = {
  jobs: true,
  out: true,
  record: true,
  rps: true,
  arrivals: true,
  duration: true,
  requestsPerSecond: true,
  requestsPerMinute: true,
  tokensPerMinute: true,
  timeouts: true,
  maxCost: true,
  maxTokensTotal: true,
  workers: true,
  metricsPort: true,
  queue: true,
  metrics: true,
  slo: true,
  timeline: true,
  retryFailed: true,
  dryRun: true,
  offline: true,
};
const config: Record<keyof Omit<RunConfig, 'backend' | 'backends' | 'benchmarks' | 'policies' | 'sampling'>, true> = {
  repeats: true,
  seed: true,
  maxTokens: true,
  temperature: true,
  margin: true,
  concurrency: true,
};
const backend: Record<keyof Omit<BackendConfig, 'as'>, true> = {
  name: true,
  model: true,
  baseUrls: true,
  fastModel: true,
  apiKeyEnv: true,
  threads: true,
  prefill: true,
  kvSlots: true,
  chunk: true,
  prefixCache: true,
  chatVariables: true,
  cache: true,
  reasoning: true,
  extra: true,
  omit: true,
};

describe('the table of settings', () => {
  it.each(Object.entries({ execution, config, backend }))('fills every field of %s', (part, fields) => {
    const filled = table.flatMap(([, { to }]) => (to?.startsWith(`${part}.`) ? [to.split('.')[1]] : []));
    expect([...new Set(filled)].sort()).toEqual(Object.keys(fields).sort());
  });

  it('has a default that its own rule would take, or none', () => {
    for (const [key, { rule, fallback, as }] of table)
      if (fallback !== undefined && fallback !== null && as !== 'list') expect(rule.holds(fallback), key).toBe(true);
  });

  it('has every key that a backend’s section may hold', () => {
    for (const { name, section } of backends)
      for (const key of section) expect(Object.keys(settings), name).toContain(key);
  });

  it('says of each default what is resolved where nobody sets anything', async () => {
    const flags = { policy: ['baseline'], benchmark: ['extract'] };
    const resolved = await loadConfig({ flags, env: {}, folder: tmpdir(), registries: everything });
    const found = { ...resolved, backend: resolved.config.backend } as unknown as Record<string, unknown>;
    for (const [key, { to, fallback }] of table) {
      const at = to?.split('.').reduce<unknown>((value, field) => (value as Record<string, unknown>)[field], found);
      if (to) expect(at, key).toEqual(fallback);
    }
  });

  it('takes a backend’s own value before the top level, and a nearer layer before both', async () => {
    const at = (set: string[]) =>
      loadConfig({
        flags: { policy: ['baseline'], benchmark: ['extract'], backend: 'groq', set },
        env: {},
        folder: tmpdir(),
        registries: everything,
      }).then((resolved) => [resolved.execution.timeouts.gap, resolved.config.concurrency]);
    expect(await at(['gap_timeout=3', 'concurrency=2'])).toEqual([3, 2]);
    expect(await at(['groq={gap_timeout: 4, concurrency: 5}'])).toEqual([4, 5]);
    expect(await at(['groq={gap_timeout: 4}', 'gap_timeout=3'])).toEqual([3, 8]);
    expect(await at(['openai={gap_timeout: 4}'])).toEqual([null, 8]);
  });
});
