/** `report.html` in a browser: what no test of its text can see. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chartSvg, light } from '../../src/charts/index.ts';
import { chartDocument } from '../support/chart-document.ts';
import { madeUpCharts } from '../support/made-up-charts.ts';
import { madeUpPage } from '../support/made-up-page.ts';
import { findChromium } from './find-chromium.ts';

const executablePath = findChromium();
if (!executablePath)
  console.warn('SKIPPED: no chromium was found. Set TTCBENCH_CHROMIUM to its path to test report.html in a browser.');

const widths = [390, 720, 1400];
const schemes = ['light', 'dark'] as const;

/** Runs in the page. Texts of a chart that touch, or that its edge cuts off. */
const findFaults = `[...document.querySelectorAll('figure svg')].flatMap((svg) => {
  const frame = svg.getBoundingClientRect();
  if (frame.width === 0) return [];
  const all = [...svg.querySelectorAll('text')].map((one) => ({ text: one.textContent, box: one.getBoundingClientRect() }));
  return all.flatMap(({ text, box }, i) => {
    // Boxes have the height of a line, with room above and below the letters.
    const inset = box.height * 0.22;
    const touches = (b) =>
      box.left < b.right && b.left < box.right && box.top + inset < b.bottom - inset && b.top + inset < box.bottom - inset;
    const out = box.left < frame.left - 1 || box.right > frame.right + 1 || box.bottom > frame.bottom + 2;
    return [
      ...(out ? [text + ' is cut off'] : []),
      ...all.slice(i + 1).flatMap((other) => (touches(other.box) ? [text + ' × ' + other.text] : [])),
    ];
  });
})`;

/** Spoils the page. */
const spoil = `{
  const text = [...document.querySelectorAll('figure .narrow svg text')].at(-1);
  text.after(text.cloneNode(true));
  document.body.append(Object.assign(document.createElement('img'), { src: 'https://localhost:1/x.png' }));
  document.body.append(document.createElement('hr'));
  document.body.lastChild.style.width = '900px';
}`;

describe.skipIf(!executablePath)('report.html in chromium', () => {
  let browser: Browser;
  let folder: string;
  let address: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ttcbench-e2e-'));
    const more = Object.entries(madeUpCharts).map(([name, chart]) => ({ name, chart }));
    writeFileSync(join(folder, 'report.html'), await madeUpPage((report) => report, more));
    address = pathToFileURL(join(folder, 'report.html')).href;
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Opens the page and hears of all that it asks for and complains of. */
  async function open(width: number, colorScheme: 'light' | 'dark', javaScriptEnabled = true) {
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, javaScriptEnabled });
    const page = await context.newPage();
    const heard: string[] = [];
    page.on('request', (request) => heard.push(request.url()));
    page.on('console', (message) => heard.push(message.text()));
    page.on('pageerror', (error) => heard.push(error.message));
    await page.goto(address);
    return { page, heard };
  }
  const scroll = (page: Page) => page.evaluate('document.documentElement.scrollWidth - innerWidth');

  it.each(widths.flatMap((width) => schemes.map((scheme) => [width, scheme] as const)))(
    'asks for nothing, covers no label and does not scroll sideways: %i pixels, %s',
    async (width, scheme) => {
      const { page, heard } = await open(width, scheme);
      expect(heard).toEqual([address]);
      expect(await page.evaluate(findFaults)).toEqual([]);
      expect(await scroll(page)).toBeLessThanOrEqual(0);
      await page.context().close();
    },
  );

  it('sees labels that cover each other, requests and a page that is too wide', async () => {
    const { page, heard } = await open(390, 'light');
    await page.evaluate(spoil);
    expect(await page.evaluate(findFaults)).toHaveLength(1);
    expect(await scroll(page)).toBeGreaterThan(0);
    await expect.poll(() => heard.some((text) => text.includes('Content Security Policy'))).toBe(true);
    await page.context().close();
  });

  it.each(schemes)('can be read by everybody, %s: axe finds nothing', async (scheme) => {
    const { page } = await open(1400, scheme);
    await page.evaluate(readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
    const found = (await page.evaluate('axe.run()')) as { violations: { id: string; nodes: { html: string }[] }[] };
    expect(found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
    await page.context().close();
  });

  it('sorts and filters its tables, and changes its theme', async () => {
    const { page } = await open(1400, 'light');
    const names = () => page.locator('table').first().locator('tbody tr:visible td:first-child').allTextContents();
    const given = await names();
    expect(given[0]).toBe('baseline');
    const time = page.locator('table').first().locator('th button', { hasText: 'time ×' });
    await time.click();
    expect((await names())[0]).toBe('speculative_decoding');
    await time.click();
    expect((await names()).indexOf('speculative_decoding')).toBeGreaterThan(0);
    await time.click();
    expect(await names()).toEqual(given);
    const ground = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const before = await ground();
    await page.locator('#theme').click();
    expect(await ground()).not.toBe(before);
    const counters = page.locator('table', { hasText: 'counter' }).last();
    const rows = await counters.locator('tbody tr:visible').count();
    await page.locator('input.filter').last().fill('kv_bytes');
    expect(await counters.locator('tbody tr:visible').count()).toBeLessThan(rows);
    await page.context().close();
  });

  it('shows the same without its script', async () => {
    const { page } = await open(720, 'light', false);
    expect(await page.locator('table').first().locator('tbody tr').count()).toBeGreaterThan(3);
    expect(await page.locator('#theme, input.filter').count()).toBe(0);
    await page.context().close();
  });

  it('prints in light colours, no wider than the paper', async () => {
    const { page } = await open(1050, 'dark');
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
    expect((await page.pdf({ preferCSSPageSize: true })).length).toBeGreaterThan(10_000);
    await page.context().close();
  });

  it('has the charts that a browser would draw itself: same code, same SVG', async () => {
    const entry = join(import.meta.dirname, '..', '..', 'src', 'charts', 'index.ts');
    const { outputFiles } = await build({
      ...{
        entryPoints: [entry],
        bundle: true,
        write: false,
        format: 'iife',
        globalName: 'charts',
        platform: 'browser',
      },
    });
    const { page } = await open(720, 'light');
    await page.evaluate(`${outputFiles[0]?.text}; globalThis.charts = charts`);
    for (const [name, chart] of Object.entries(madeUpCharts)) {
      const options = `{ theme: ${JSON.stringify(light)}, width: 720, document }`;
      const drawn = await page.evaluate(`charts.chartSvg(${JSON.stringify(chart)}, ${options})`);
      expect(drawn, name).toBe(chartSvg(chart, { theme: light, width: 720, document: chartDocument }));
    }
    await page.context().close();
  });
});
