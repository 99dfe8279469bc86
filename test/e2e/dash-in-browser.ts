/** A dashboard over two runs that are made up, and a browser to look at it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';
import { startDash } from '../../src/dash/index.ts';
import { madeUpSamples, madeUpTrials } from '../support/made-up-run.ts';
import { loadCurve } from '../support/open-dash.ts';
import { runFolderOf } from '../support/run-folder-of.ts';
import { findChromium } from './find-chromium.ts';

export const executablePath = findChromium();
if (!executablePath)
  console.warn('SKIPPED: no chromium was found. Set TTCBENCH_CHROMIUM to its path to test the dashboard in a browser.');

export const benchmark = 'tiny-crm';
export const trials = madeUpTrials().map((trial) => ({ ...trial, cell: { ...trial.cell, benchmark } }));
const samples = madeUpSamples().map((sample) => ({ ...sample, benchmark }));

/** The machine may be busy. */
export const poll = <T>(of: () => T) => expect.poll(of, { timeout: 20_000 });

export const first = (page: Page) => page.locator('main table').first();
export const names = (page: Page) => first(page).locator('tbody th').allTextContents();

/** Runs `whole` and `growing`, of which 60 trials are there, and a sweep over a load. */
export async function openDashInBrowser() {
  const home = mkdtempSync(join(tmpdir(), 'ttcbench-e2e-dash-'));
  await runFolderOf(join(home, 'runs', 'whole'), {
    trials,
    samples,
    manifest: { created_at: '2026-02-01T00:00:00Z' },
  } as never);
  await runFolderOf(join(home, 'runs', 'growing'), {
    ...{ trials: trials.slice(0, 60), samples },
    manifest: { sessions: [{ started_at: '2026-01-01T00:00:00.000Z' }] },
  } as never);
  mkdirSync(join(home, 'runs', 'loads'));
  writeFileSync(join(home, 'runs', 'loads', 'load_curve.json'), JSON.stringify(loadCurve));
  const dash = await startDash({ roots: [join(home, 'runs')], port: 0, metrics: join(home, 'own.json') });
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });

  return {
    ...{ home, dash },
    /**
     * Hears of all that the page complains of, and of requests to others.
     * @param before what is to be done to the page before it is opened
     */
    async open(
      path: string,
      given: Parameters<Browser['newContext']>[0] = {},
      url = dash.url,
      before: (page: Page) => Promise<unknown> = async () => undefined,
    ) {
      const context = await browser.newContext({ viewport: { width: 1360, height: 900 }, ...given });
      const page = await context.newPage();
      const heard: string[] = [];
      page.on('console', (message) => heard.push(message.text()));
      page.on('pageerror', (error) => heard.push(error.message));
      page.on('request', (request) => request.url().startsWith(url) || heard.push(request.url()));
      await before(page);
      await page.goto(new URL(path, url).href);
      return { page, heard, [Symbol.asyncDispose]: () => context.close() };
    },
    async close() {
      await browser.close();
      await dash.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
