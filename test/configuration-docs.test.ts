import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addRunFlags } from '../src/cli/flags.ts';
import { modelsCommand } from '../src/cli/models.ts';
import { prices } from '../src/client/index.ts';
import { documentSchema, keysAt } from '../src/config/document.ts';
import { environmentKeys } from '../src/config/flags.ts';
import { knownBackends, knownBenchmarks, knownVariants } from '../src/config/names.ts';
import { validate } from '../src/core/index.ts';
import { catalogue } from '../src/models/index.ts';
import { policies } from '../src/policies/index.ts';
import { dryRun, loadConfig, registries } from '../src/ttcbench/index.ts';

const root = join(import.meta.dirname, '..');
const text = readFileSync(join(root, 'docs/configuration.md'), 'utf8');
const models = readFileSync(join(root, 'docs/models.md'), 'utf8');

describe('docs/configuration.md', () => {
  it('has every key of a file', () => {
    const nested = [...knownBackends, 'sampling'].flatMap((key) => keysAt([key]));
    for (const key of [...Object.keys(documentSchema.shape), ...nested]) expect(text).toContain(`\`${key}\``);
  });

  it('lists the keys of each backend`s section', () => {
    for (const backend of knownBackends) {
      const row = text.split('\n').find((line) => new RegExp(`^\\| (\`\\w+\`, )?\`${backend}\``).test(line));
      for (const key of keysAt([backend])) expect(row, backend).toContain(`\`${key}\``);
    }
  });

  it('has every flag of run', () => {
    const flags = addRunFlags(new Command()).options.map((option) => option.long as string);
    expect(flags.length).toBeGreaterThan(20);
    for (const flag of flags) expect(text).toMatch(new RegExp(`\`${flag}[ \`]`));
  });

  it('has every variant with exactly its parameters and defaults', () => {
    for (const [variant, defaults] of Object.entries(knownVariants)) {
      const row = text.split('\n').find((line) => line.startsWith(`| \`${variant}\` |`)) ?? '';
      const written = [...row.matchAll(/`(\w+: [^`]+)`/g)].map((match) => match[1]);
      expect(written.sort(), variant).toEqual(
        Object.entries(defaults)
          .map(([name, value]) => `${name}: ${value}`)
          .sort(),
      );
    }
  });

  it('has the defaults of the policies that are built', () => {
    for (const policy of policies)
      for (const [variant, differing] of Object.entries(policy.variants)) {
        const effective = validate<Record<string, unknown>>(policy.params, differing, variant);
        expect(effective, variant).toMatchObject(knownVariants[variant] ?? {});
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
    for (const name of [...Object.keys(knownBenchmarks), ...knownBackends, ...Object.keys(environmentKeys)])
      expect(text).toContain(`\`${name}\``);
  });

  it('names no key, flag or variable that does not exist', () => {
    const flags = addRunFlags(new Command()).options.map((option) => option.long as string);
    const later = ['--param', '--rps', '--duration', '--dry-run', '--max-cost', '--max-tokens-total', '--metrics'];
    for (const [flag] of text.matchAll(/--[a-z][a-z-]+/g)) expect([...flags, ...later]).toContain(flag);
    for (const [name] of text.matchAll(/TTCBENCH_\w+/g))
      if (name !== 'TTCBENCH_') expect(environmentKeys).toHaveProperty(name);
    const rows = [...text.matchAll(/^\| `(\w+)` \| (?:`--[^|]*)?\|/gm)].map((match) => match[1]);
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
