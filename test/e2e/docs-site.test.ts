/** The site of the docs in a browser, opened from its files: no server and no network. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium } from './find-chromium.ts';

const executablePath = findChromium();
if (!executablePath)
  console.warn('SKIPPED: no chromium was found. Set TTCBENCH_CHROMIUM to its path to test the site in a browser.');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const { buildSite } = await import(new URL('../../scripts/docs/build-site.mjs', import.meta.url).href);

describe.skipIf(!executablePath)('the site of the docs in chromium', () => {
  let browser: Browser;
  const site = mkdtempSync(join(tmpdir(), 'ttcbench-docs-e2e-'));

  beforeAll(async () => {
    buildSite(site);
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser.close();
    rmSync(site, { recursive: true });
  });

  async function opened(path: string, width: number, colorScheme: 'light' | 'dark'): Promise<Page> {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    await page.goto(pathToFileURL(join(site, path)).href);
    return page;
  }

  it.each([
    ['index.html', 390, 'light'],
    ['docs/errors.html', 1280, 'dark'],
  ] as const)('%s is readable at %i px, %s', async (path, width, scheme) => {
    const page = await opened(path, width, scheme);
    const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
    expect(overflow).toBe(0);
    await page.evaluate(axe);
    type Violation = { id: string; nodes: { html: string }[] };
    const violations = (await page.evaluate('axe.run().then(({ violations }) => violations)')) as Violation[];
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
    await page.close();
  });

  it('is searched without a request to anywhere, from any page', async () => {
    const page = await opened('docs/policies/pruning.html', 390, 'light');
    const asked: string[] = [];
    page.on('request', (request) => void asked.push(request.url()));
    await page.fill('#query', 'noise floor');
    await page.locator('#found a', { hasText: 'Noise floor' }).first().click();
    await page.waitForURL(/docs\/statistics\.html#noise-floor$/);
    await page.waitForSelector('h2#noise-floor, h3#noise-floor, h4#noise-floor');
    expect(asked.filter((url) => !url.startsWith('file:'))).toEqual([]);
    await page.fill('#query', 'qqqxxzzy');
    await page.waitForSelector('#found li:text("nothing found")');
    await page.close();
  });
});
