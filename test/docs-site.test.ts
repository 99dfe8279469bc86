/** The site that `npm run docs` makes of README and docs, and the page that is made from the source. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import * as decode from '../src/decode/index.ts';
import * as library from '../src/index.ts';
import { pages, readPage } from './support/documented-commands.ts';

const builder = new URL('../scripts/docs/build-site.mjs', import.meta.url).href;
const { buildSite, linksOf } = await import(builder);
const site = mkdtempSync(join(tmpdir(), 'ttcbench-site-'));
afterAll(() => rmSync(site, { recursive: true }));
const built: { pages: string[]; broken: string[] } = buildSite(site);
const html = (path: string) => readFileSync(join(site, path), 'utf8');

describe('docs/api.md', () => {
  const text = readPage('docs/api.md');

  it('is what the source declares (npm run docs:api writes it)', async () => {
    const { apiPage } = await import(new URL('../scripts/docs/api-page.mjs', import.meta.url).href);
    expect(apiPage() === text, 'npm run docs:api').toBe(true);
  });

  it('has every function that the library and its decode loop give', () => {
    const headings = new Set([...text.matchAll(/^### (\w+)$/gm)].map(([, name]) => name));
    const names = [...Object.keys(library), ...Object.keys(decode)];
    expect(names.length).toBeGreaterThan(100);
    expect(names.filter((name) => !headings.has(name))).toEqual([]);
  });
});

describe('the site', () => {
  it('has no link that leads nowhere, in any page and to any heading', () => {
    expect(built.broken).toEqual([]);
  });

  it('finds those that do', () => {
    const wrong = '# A\n\n[one](docs/no-page.md) [two](#b) [three](docs/errors.md#no-such-heading) [four](#a)';
    expect(linksOf('README.md', wrong)).toEqual([
      'README.md: docs/no-page.md is not there',
      'README.md: README.md has no heading #b',
      'README.md: docs/errors.md has no heading #no-such-heading',
    ]);
  });

  it('has every page of docs, and each stands in the navigation of the others', () => {
    expect(built.pages).toEqual(expect.arrayContaining(pages()));
    for (const page of built.pages.filter((name) => name !== 'README.md')) {
      const file = page.replace(/\.md$/, '.html');
      expect(existsSync(join(site, file)), file).toBe(true);
      expect(html('index.html')).toContain(`href="${file}"`);
    }
  });

  it('asks nobody for anything: styles, scripts and pictures come with it', () => {
    for (const page of built.pages) {
      const text = html(page === 'README.md' ? 'index.html' : page.replace(/\.md$/, '.html'));
      for (const [, from = ''] of text.matchAll(/<(?:script|link|img)\b[^>]*?(?:src|href)="([^"]*)"/g))
        expect(from, page).not.toMatch(/^(https?:)?\/\//);
    }
    for (const file of ['minisearch.js', 'search-index.js', 'search.js', 'style.css'])
      expect(existsSync(join(site, 'site', file)), file).toBe(true);
  });
});
