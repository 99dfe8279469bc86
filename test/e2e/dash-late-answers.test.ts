/** A reader is faster than the server, or slower than a run that goes on: nothing is lost, nothing old is shown. */
import { join } from 'node:path';
import type { Page, Route } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appendTrials } from '../support/run-folder-of.ts';
import { executablePath, first, names, openDashInBrowser, poll, trials } from './dash-in-browser.ts';

type Opened = Awaited<ReturnType<typeof openDashInBrowser>>;

/** Requests that wait until they are let go. */
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  let heard = () => {};
  const asked = new Promise<void>((resolve) => {
    heard = resolve;
  });
  return {
    asked,
    open: () => open(),
    async hold(route: Route, then: (route: Route) => Promise<unknown> = (one) => one.continue()): Promise<void> {
      heard();
      await opened;
      // A page that was left waits for nothing any more.
      await then(route).catch(() => undefined);
    },
  };
}

const choices = { isAllowed: true, policies: ['early_exit_28'], benchmarks: ['tiny-crm'], models: ['tiny8'] };
const forecastOf = (trials: number) => ({
  ...{ command: `ttcbench run --samples ${trials}` },
  forecast: { trials, calls: trials, promptTokens: 1, completionTokens: 1, notes: [] },
});

describe.skipIf(!executablePath)('a page whose answers are late', () => {
  let home: string;
  let open: Opened['open'];
  let close: Opened['close'];

  beforeAll(async () => {
    ({ home, open, close } = await openDashInBrowser());
  });
  afterAll(() => close?.());

  it('suggests columns to whoever typed before they were known', async () => {
    const metrics = gate();
    await using opened = await open('/?run=whole', {}, undefined, (page) =>
      page.route('**/api/metrics?*', (route) => metrics.hold(route)),
    );
    const { page } = opened;
    await page.getByText('Metric of your own', { exact: true }).click();
    await metrics.asked;
    const field = page.getByLabel('Arithmetic over the numbers of a trial');
    await field.fill('no_such_column + generation_tim');
    const button = page.getByRole('button', { name: 'generation_time', exact: true });
    expect(await button.count()).toBe(0);
    metrics.open();
    await button.waitFor();
    expect(await page.locator('#metric-said').textContent()).toBe('there is no column no_such_column');
    await button.click();
    expect(await field.inputValue()).toBe('no_such_column + generation_time');
  });

  it('shows no forecast of something else than what is chosen', async () => {
    const [older, newer] = [gate(), gate()];
    await using opened = await open('/?run=whole', {}, undefined, async (page) => {
      await page.route('**/api/start?*', (route) => route.fulfill({ json: { ...choices, started: null } }));
      await page.route('**/api/forecast', (route) => {
        const { samples } = route.request().postDataJSON() as { samples: number };
        const answer = (one: Route) => one.fulfill({ json: forecastOf(samples) });
        return (samples === 5 ? older : newer).hold(route, answer);
      });
    });
    const { page } = opened;
    const form = page.locator('details', { hasText: 'Start a run' });
    await form.getByText('Start a run', { exact: true }).click();
    const ask = async (samples: string) => {
      await form.getByLabel('Samples', { exact: true }).fill(samples);
      await form.getByRole('button', { name: 'Forecast' }).click();
    };
    await ask('5');
    await older.asked;
    await ask('7');
    await newer.asked;
    newer.open();
    await form.getByText('7 trials, the baseline twice among them').waitFor();
    const late = page.waitForResponse('**/api/forecast');
    older.open();
    await (await late).finished();
    await settled(page);
    expect(await form.getByText('trials, the baseline twice among them').allTextContents()).toEqual([
      '7 trials, the baseline twice among them',
    ]);
    await form.getByLabel('Samples', { exact: true }).fill('8');
    expect(await form.getByRole('button', { name: 'Start this run' }).count()).toBe(0);
  });

  it('keeps the newer run where the older answer comes after it', async () => {
    const older = gate();
    await using opened = await open('/?run=whole', {}, undefined, (page) =>
      page.route('**/api/page?run=growing', (route) => older.hold(route)),
    );
    const { page } = opened;
    await first(page).waitFor();
    await page.getByRole('combobox', { name: 'Run', exact: true }).selectOption('growing');
    await older.asked;
    await page.goBack();
    await poll(() => page.locator('#state').textContent()).toContain('whole: ');
    const answer = page.waitForResponse('**/api/page?run=growing');
    older.open();
    await (await answer).finished();
    await settled(page);
    expect(await page.locator('#state').textContent()).toContain('whole: ');
    expect(await page.getByRole('combobox', { name: 'Run', exact: true }).inputValue()).toBe('whole');
  });

  it('hears every click, though the page was not drawn between them', async () => {
    await using opened = await open('/?run=whole');
    const { page } = opened;
    await first(page).waitFor();
    await page.evaluate(`for (const one of [...document.querySelectorAll('.chip input')].slice(0, 2)) one.click()`);
    await poll(async () => (await names(page)).length).toBe(2);
    expect(new URL(page.url()).searchParams.getAll('policy')).toHaveLength(2);
    await page.evaluate(`{
      const head = [...document.querySelectorAll('main table thead button')].find((one) => one.textContent === 'time ×');
      head.click();
      head.click();
    }`);
    await poll(() => first(page).locator('th[aria-sort]').getAttribute('aria-sort')).toBe('descending');
  });

  it('leaves alone what is typed, opened and pressed while a run goes on', async () => {
    const events = gate();
    await using opened = await open('/?run=growing', {}, undefined, (page) =>
      page.route('**/events?*', (route) => events.hold(route)),
    );
    const { page } = opened;
    const state = () => page.locator('#state').textContent();
    await poll(state).toContain('growing: 60 of');
    // What is written before the page listens is told once it does.
    await events.asked;
    appendTrials(join(home, 'runs', 'growing'), trials.slice(60, 75));
    await page.getByText('Metric of your own', { exact: true }).click();
    await page.getByText('Start a run', { exact: true }).click();
    const field = page.getByLabel('Arithmetic over the numbers of a trial');
    await field.fill('generation_tim / 2');
    for (let n = 0; n < 4; n++) await field.press('ArrowLeft');
    await page.evaluate(`document.querySelector('#expression').isTheSame = true`);
    events.open();
    await poll(state).toContain('growing: 75 of');
    const caret = `[document.activeElement.isTheSame, document.activeElement.selectionStart]`;
    expect(await page.evaluate(caret)).toEqual([true, 'generation_tim'.length]);
    await page.keyboard.type('e');
    expect(await field.inputValue()).toBe('generation_time / 2');
    expect(await page.locator('details[open] > summary').allTextContents()).toEqual([
      'Metric of your own',
      'Start a run',
    ]);
    // A press that begins before the page is drawn anew, and ends after that was due.
    const name = first(page).getByRole('button', { name: 'baseline: show its trials' });
    await name.hover();
    await page.mouse.down();
    const answer = page.waitForResponse('**/api/page?run=growing');
    appendTrials(join(home, 'runs', 'growing'), trials.slice(75, 80));
    await (await answer).finished();
    await settled(page);
    await page.mouse.up();
    await page.locator('#trials-title').waitFor();
    await poll(state).toContain('growing: 80 of');
  });
});

/** What the page made of an answer that it has is on the screen. */
const settled = (page: Page) =>
  page.evaluate(
    'new Promise((done) => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(() => done()))))',
  );
