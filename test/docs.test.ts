/** Docs that cannot rot: what the code knows, the pages say. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../src/cli/report-error.ts';
import { type ErrorCode, errorCodes, errorHelp } from '../src/core/index.ts';
import { policies } from '../src/policies/index.ts';
import { parametersOf } from '../src/policies/parameters.ts';
import { brokenClients } from './contract/broken/client.ts';
import { brokenPolicies } from './contract/broken/index.ts';

const page = (name: string) => readFileSync(new URL(`../docs/${name}`, import.meta.url), 'utf8');
const root = new URL('../', import.meta.url);
const allFiles = (folder: string, pattern: RegExp) =>
  readdirSync(new URL(folder, root), { recursive: true })
    .map((name) => `${folder}/${name}`)
    .filter((name) => pattern.test(name));
const policyPages = readdirSync(new URL('docs/policies', root)).map((name) => page(`policies/${name}`));

/** Broken variants of a table that no test file of their row names; the contract suites play all of theirs. */
function unplayed(table: string): string[] {
  return table.split('\n').flatMap((row) => {
    const [, , tests = '', broken = ''] = row.split(' | ').length === 3 ? ['', ...row.split(' | ')] : [];
    const files = [...tests.matchAll(/`([^`]+\.test\.ts)`/g)].map(([, file]) => file as string);
    const texts = files.map((file) => readFileSync(new URL(file, root), 'utf8')).join();
    const played = [
      ...(files.includes('test/contract/policies.test.ts') ? brokenPolicies : []),
      ...(files.includes('test/contract/clients.test.ts') ? brokenClients : []),
    ];
    const names = [...broken.matchAll(/\b[a-z]+(?:_[a-z0-9]+)+\b/g)].map(([name]) => name);
    const isPlayed = (name: string) =>
      texts.includes(`'${name}'`) ||
      texts.includes(name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())) ||
      played.some(({ policy }) => policy.name === name);
    return names.filter((name) => !isPlayed(name)).map((name) => `${name} in ${files}`);
  });
}

describe('docs', () => {
  it.each(Object.entries(errorCodes))('%s is explained', (code, meaning) => {
    const row = [`\`${code}\``, meaning, errorHelp[code as ErrorCode], exitCodeOf(code as ErrorCode)];
    expect(page('errors.md')).toContain(`| ${row.join(' | ')} |`);
  });

  it('each code has its causes, and no other code has', () => {
    const [, causes = ''] = page('errors.md').split('## Causes, code by code');
    const named = [...causes.matchAll(/^\| `(E_\w+)` \| [^|]{10,} \| [^|]{5,} \|$/gm)].map(([, code]) => code);
    expect(named).toEqual(Object.keys(errorCodes));
  });

  it('every code is one that the source gives', () => {
    const sources = ['bin/ttcbench.js', ...allFiles('src', /(?<!\.test)\.ts$/)]
      .filter((name) => !/(core\/error|cli\/report-error)\.ts$/.test(name))
      .map((name) => readFileSync(new URL(name, root), 'utf8'))
      .join();
    expect(Object.keys(errorCodes).filter((code) => !sources.includes(code))).toEqual([]);
  });

  it.each(policies.flatMap((policy) => Object.keys(policy.variants)))(
    '%s has a page of its own or a place on one',
    (name) => {
      expect(policyPages.some((text) => text.includes(`\`${name}\``))).toBe(true);
    },
  );

  it.each(policies.flatMap((policy) => Object.keys(policy.variants).map((variant) => [variant, policy] as const)))(
    '%s has its parameters and their defaults on that page',
    (variant, policy) => {
      for (const { name, fallback } of parametersOf(policy, variant)) {
        const rows = policyPages
          .filter((text) => text.includes(`\`${variant}\``))
          .flatMap((text) => text.split('\n').filter((line) => line.split('|')[1]?.includes(`\`${name}\``)));
        expect(rows.map((row) => row.split('|')[2]).join(), name).toContain(String(fallback));
      }
    },
  );

  it('no page of a policy has a place that was left open', () => {
    for (const text of policyPages) expect(text).not.toMatch(/^[A-Z]{4,}$/m);
  });

  it('the checks of policies are in files that exist', () => {
    const text = page('policies/checks.md');
    const files = [...text.matchAll(/`((?:src|test)\/[^`]+)`/g)].map(([, file]) => file as string);
    expect(files.length).toBeGreaterThan(30);
    for (const file of files.filter((name) => name.endsWith('.ts')))
      expect(existsSync(new URL(file, root)), file).toBe(true);
  });

  it('a broken variant stands in a row only if the row’s own tests play it', () => {
    expect(unplayed(page('policies/checks.md'))).toEqual([]);
    expect(
      unplayed('| x | `src/policies/speculation/speculation.slow.test.ts` | draws_from_all, only_counts |'),
    ).toEqual(['only_counts in src/policies/speculation/speculation.slow.test.ts']);
    expect(unplayed('| x | `test/contract/policies.test.ts` | draws_from_all, only_counts |')).toEqual([
      'draws_from_all in test/contract/policies.test.ts',
    ]);
  });

  it('links of README and the one-page files lead somewhere', () => {
    for (const name of ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md']) {
      const text = readFileSync(new URL(name, root), 'utf8');
      for (const [, target] of text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)) {
        expect(existsSync(new URL(target as string, root)), `${name} → ${target}`).toBe(true);
      }
    }
  });

  it('what --record writes is a recording in everything a user reads', () => {
    const markdown = ['CHANGELOG.md', 'README.md', ...allFiles('docs', /\.md$/)];
    for (const name of markdown) expect(readFileSync(new URL(name, root), 'utf8'), name).not.toMatch(/cassette/i);
    for (const name of allFiles('src', /(?<!\.test)\.ts$/)) {
      const code = readFileSync(new URL(name, root), 'utf8').replace(/\/\*.*?\*\//gs, '');
      expect(code, name).not.toMatch(/\b(an?|the|this|no|of) cassettes?\b|cassette:\$/i);
    }
  });

  it('the table of dependencies has every direct one, and none more than allowed', () => {
    const { dependencies } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
    const architecture = readFileSync(new URL('ARCHITECTURE.md', root), 'utf8');
    for (const name of Object.keys(dependencies)) expect(architecture, name).toContain(`| \`${name}\``);
    expect(Object.keys(dependencies).length).toBeLessThanOrEqual(20);
  });
});
