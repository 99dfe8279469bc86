import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { backendNames } from '../src/backends/index.ts';
import { sectionsPage } from '../src/backends/sections-page.ts';
import { addRunFlags } from '../src/cli/flags.ts';
import { modelsCommand } from '../src/cli/models.ts';
import { prices } from '../src/client/index.ts';
import { documentSchema, keysAt } from '../src/config/document.ts';
import { environmentKeys } from '../src/config/environment-keys.ts';
import { knownBenchmarks } from '../src/config/names.ts';
import { keysOf } from '../src/config/registries.ts';
import { type Setting, settings } from '../src/config/settings.ts';
import { catalogue } from '../src/models/index.ts';
import { baseline } from '../src/policies/baseline/baseline.ts';
import { policies } from '../src/policies/index.ts';
import { parametersOf } from '../src/policies/parameters.ts';
import { parametersPage } from '../src/policies/parameters-page.ts';
import { dryRun, loadConfig, registries } from '../src/ttcbench/index.ts';

const root = join(import.meta.dirname, '..');
const page = join(root, 'docs/configuration.md');
const text = readFileSync(page, 'utf8');
const models = readFileSync(join(root, 'docs/models.md'), 'utf8');

describe('docs/configuration.md', () => {
  it('has every key of a file', () => {
    const nested = [...backendNames, 'sampling'].flatMap((key) => keysAt([key]));
    for (const key of [...Object.keys(documentSchema.shape), ...nested]) expect(text).toContain(`\`${key}\``);
  });

  it('has every flag of run', () => {
    const flags = addRunFlags(new Command()).options.map((option) => option.long as string);
    expect(flags.length).toBeGreaterThan(20);
    for (const flag of flags) expect(text).toMatch(new RegExp(`\`${flag}[ \`]`));
  });

  it.each([
    ['parameters', parametersPage],
    ['backends', sectionsPage],
  ])('has the tables of %s that the registry gives (TTCBENCH_RECORD=docs writes them)', (name, table) => {
    const [before = '', rest = ''] = readFileSync(page, 'utf8').split(`<!-- ${name} -->`);
    const [written = '', after = ''] = rest.split(`<!-- /${name} -->`);
    const tables = `\n\n${table()}\n\n`;
    if (process.env.TTCBENCH_RECORD === 'docs')
      writeFileSync(page, [before, `<!-- ${name} -->`, tables, `<!-- /${name} -->`, after].join(''));
    else expect(written, 'record it').toBe(tables);
  });

  it('finds every parameter there: those with a transformation and those that were forgotten once', () => {
    expect(text).toMatch(/^\| `decay` \| `0` \|/m);
    expect(text).toMatch(/^\| `threshold_mode` \| `controller` \|/m);
    for (const { params } of policies) if (params !== baseline.params) expect(keysOf(params).length).toBeGreaterThan(0);
  });

  it('has a sentence for each parameter', () => {
    for (const policy of policies)
      for (const variant of Object.keys(policy.variants))
        for (const { name, about } of parametersOf(policy, variant)) expect(about, `${variant}.${name}`).not.toBe('');
  });

  it('has the default of every setting that is a number or a word', () => {
    for (const [key, { fallback }] of Object.entries(settings as Record<string, Setting>)) {
      const row = text
        .split('\n')
        .find((line) => line.startsWith('| ') && line.split(' | ')[0]?.includes(`\`${key}\``));
      if (typeof fallback === 'number' || typeof fallback === 'string' || typeof fallback === 'boolean')
        expect(row?.split('|')[3], key).toContain(String(fallback));
    }
  });

  it('has an example that runs as it stands, on its own backend and on groq', async () => {
    const [, example = ''] = /```yaml\n(# config.yaml\n.*?)```/s.exec(text) ?? [];
    const folder = mkdtempSync(join(tmpdir(), 'ttcbench-docs-'));
    const config = join(folder, 'config.yaml');
    writeFileSync(config, example);
    for (const backend of ['ggml', 'groq']) {
      const policy = backend === 'groq' ? { policy: ['baseline'] } : {};
      const flags = { config, backend, dryRun: true, ...policy };
      const resolved = await loadConfig({ flags, env: {}, folder, registries });
      expect((await dryRun(resolved)).trials, backend).toBeGreaterThan(0);
      const { model } = resolved.config.backend;
      const withdrawn = prices.filter((price) => price.model === model && price.withdrawn);
      expect(withdrawn, `${model} can be had`).toEqual([]);
    }
    rmSync(folder, { recursive: true });
  });

  it('has every benchmark, backend and environment variable', () => {
    for (const name of [...Object.keys(knownBenchmarks), ...backendNames, ...Object.keys(environmentKeys)])
      expect(text).toContain(`\`${name}\``);
  });

  it('names no key, flag or variable that does not exist', () => {
    const flags = addRunFlags(new Command()).options.map((option) => option.long as string);
    const later = ['--param', '--rps', '--duration', '--dry-run', '--max-cost', '--max-tokens-total', '--metrics'];
    for (const [flag] of text.matchAll(/--[a-z][a-z-]+/g)) expect([...flags, ...later]).toContain(flag);
    for (const [name] of text.matchAll(/TTCBENCH_\w+/g))
      if (!['TTCBENCH_', 'TTCBENCH_RECORD'].includes(name)) expect(environmentKeys).toHaveProperty(name);
    const [settingsOnly = ''] = text.split('<!-- parameters -->');
    const rows = [...settingsOnly.matchAll(/^\| `(\w+)` \| (?:`--[^|]*)?\|/gm)].map((match) => match[1]);
    expect(rows.length).toBeGreaterThan(25);
    for (const key of rows) expect(Object.keys(documentSchema.shape)).toContain(key);
  });
});

describe('docs/models.md', () => {
  it('has every model and every command', () => {
    for (const { name, licence, bytes } of catalogue)
      expect(models).toMatch(new RegExp(`\`${name}\`.*\\| ${(bytes / 1e6).toFixed(1)} MB \\| ${licence}`));
    for (const command of modelsCommand().commands) expect(models).toContain(`models ${command.name()}`);
  });
});
