/** Docs that cannot rot: what the code knows, the pages say. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../src/cli/report-error.ts';
import { type ErrorCode, errorCodes } from '../src/core/index.ts';
import { policies } from '../src/policies/index.ts';

const page = (name: string) => readFileSync(new URL(`../docs/${name}`, import.meta.url), 'utf8');
const root = new URL('../', import.meta.url);
const policyPages = readdirSync(new URL('docs/policies', root)).map((name) => page(`policies/${name}`));

describe('docs', () => {
  it.each(Object.entries(errorCodes))('%s is explained', (code, meaning) => {
    expect(page('errors.md')).toContain(`| \`${code}\` | ${meaning} | ${exitCodeOf(code as ErrorCode)} |`);
  });

  it.each(policies.flatMap((policy) => Object.keys(policy.variants)))(
    '%s has a page of its own or a place on one',
    (name) => {
      expect(policyPages.some((text) => text.includes(`\`${name}\``))).toBe(true);
    },
  );

  it('no page of a policy has a place that was left open', () => {
    for (const text of policyPages) expect(text).not.toMatch(/^[A-Z]{4,}$/m);
  });

  it('the checks of policies are in files that exist, by variants that are broken', () => {
    const text = page('policies/checks.md');
    const files = [...text.matchAll(/`((?:src|test)\/[^`]+)`/g)].map(([, file]) => file as string);
    expect(files.length).toBeGreaterThan(30);
    for (const file of files.filter((name) => name.endsWith('.ts')))
      expect(existsSync(new URL(file, root)), file).toBe(true);
    const folder = new URL('test/contract/broken/', root);
    const broken = readdirSync(folder)
      .map((name) => readFileSync(new URL(name, folder), 'utf8'))
      .join();
    for (const [, name] of text.matchAll(/\b([a-z]+(?:_[a-z0-9]+)+)\b(?=[^`]*\|$)/gm)) {
      if (!text.includes(`\`${name}\``)) expect(broken, name).toContain(`'${name}'`);
    }
  });

  it('links of README and the one-page files lead somewhere', () => {
    for (const name of ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md']) {
      const text = readFileSync(new URL(name, root), 'utf8');
      for (const [, target] of text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)) {
        expect(existsSync(new URL(target as string, root)), `${name} → ${target}`).toBe(true);
      }
    }
  });

  it('the table of dependencies has every direct one, and none more than allowed', () => {
    const { dependencies } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
    const architecture = readFileSync(new URL('ARCHITECTURE.md', root), 'utf8');
    for (const name of Object.keys(dependencies)) expect(architecture, name).toContain(`| \`${name}\``);
    expect(Object.keys(dependencies).length).toBeLessThanOrEqual(20);
  });
});
