/** The dashboard in a browser: what no test of its server can see. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDash } from '../../src/dash/index.ts';
import { comparePoliciesOf } from '../../src/ttcbench/index.ts';
import { loadCurve } from '../support/open-dash.ts';
import { appendTrials } from '../support/run-folder-of.ts';
import { benchmark, executablePath, first, names, openDashInBrowser, poll, trials } from './dash-in-browser.ts';

type Opened = Awaited<ReturnType<typeof openDashInBrowser>>;

describe.skipIf(!executablePath)('the dashboard in chromium', () => {
  let home: string;
  let dash: Opened['dash'];
  let open: Opened['open'];
  let close: Opened['close'];

  beforeAll(async () => {
    ({ home, dash, open, close } = await openDashInBrowser());
  });
  afterAll(() => close?.());

  it('shows decision, table and charts of the newest run, and asks nobody else', async () => {
    await using opened = await open('/');
    const { page, heard } = opened;
    await page.locator('figure svg').first().waitFor();
    expect(await page.locator('#decision').textContent()).toBe('Decision');
    expect(await page.locator('.decision li').count()).toBeGreaterThan(1);
    expect(await names(page)).toContain('speculative_decoding');
    expect(await page.locator('#state').textContent()).toContain(`whole: ${trials.length} of ${trials.length} trials`);
    expect(await page.evaluate(`[...document.querySelectorAll('figure')].map((one) => one.dataset.chart)`)).toEqual(
      expect.arrayContaining(['pareto', 'latency', 'quality']),
    );
    expect(heard).toEqual([]);
  });

  it('keeps filters in the address: reload, back, and somebody else see the same', async () => {
    await using opened = await open('/');
    const { page } = opened;
    await page.getByLabel('early_exit_28', { exact: true }).check();
    await poll(() => names(page)).toEqual(['early_exit_28']);
    expect(new URL(page.url()).searchParams.getAll('policy')).toEqual(['early_exit_28']);
    await page.reload();
    await poll(() => page.getByLabel('early_exit_28', { exact: true }).isChecked()).toBe(true);
    expect(await names(page)).toEqual(['early_exit_28']);
    await page.getByLabel('baseline', { exact: true }).check();
    await poll(() => names(page)).toEqual(['baseline', 'early_exit_28']);
    await page.goBack();
    await poll(() => names(page)).toEqual(['early_exit_28']);
    await page.goBack();
    await poll(async () => (await names(page)).length).toBeGreaterThan(3);
  });

  it('sorts by click and by keyboard, and stays at the head that was pressed', async () => {
    await using opened = await open('/');
    const { page } = opened;
    const head = first(page).locator('thead button', { hasText: 'time ×' });
    await head.click();
    await poll(async () => (await names(page))[0]).toBe('speculative_decoding');
    expect(await first(page).locator('th[aria-sort]').getAttribute('aria-sort')).toBe('ascending');
    await page.keyboard.press('Enter');
    await poll(() => first(page).locator('th[aria-sort]').getAttribute('aria-sort')).toBe('descending');
    expect((await names(page)).indexOf('speculative_decoding')).toBeGreaterThan(1);
    await page.keyboard.press('Enter');
    await poll(() => first(page).locator('th[aria-sort]').count()).toBe(0);
  });

  it('leads by keyboard alone from a policy to a trial to a token', async () => {
    await using opened = await open('/');
    const { page } = opened;
    await first(page).getByRole('button', { name: 'early_exit_28: show its trials' }).press('Enter');
    await poll(() => page.evaluate('document.activeElement.id')).toBe('trials-title');
    const wanted = trials.filter(({ cell }) => cell.policy_name === 'early_exit_28');
    expect(await page.locator('#trials tbody tr').count()).toBe(wanted.length);
    const played = wanted.find(({ status, turns }) => status === 'ok' && turns[0]?.at.length);
    await page.getByRole('button', { name: `${played?.sample}: show this trial`, exact: true }).press('Enter');
    await poll(() => page.evaluate('document.activeElement.id')).toBe('trial-title');
    expect(await page.locator('#trial pre').allTextContents()).toContain(played?.answer?.text);
    const count = played?.turns[0]?.tokens.reduce((sum, one) => sum + one, 0) ?? 0;
    expect(await page.locator('#trial .timeline').first().locator('rect').count()).toBe(count);
    await page.locator('#trial summary').first().press('Enter');
    expect(await page.locator('#trial .timeline').first().locator('tbody tr').count()).toBe(count);
    expect(new URL(page.url()).searchParams.get('trial')).toBe(played?.key);
  });

  it('filters trials by a range that is drawn on a chart or typed, and opens those of a mark', async () => {
    await using opened = await open('/?run=whole');
    const { page, heard } = opened;
    const chart = page.locator('figure[data-chart=latency] svg');
    /** Within the chart: right of a name, where its row begins. */
    const rowOf = async (policy: string) => {
      const label = chart.getByText(policy, { exact: true });
      await label.waitFor();
      const [name, whole] = [await label.boundingBox(), await chart.boundingBox()];
      if (!name || !whole) throw new Error('the chart is not there');
      return { x: name.x + name.width + 40 - whole.x, y: name.y + name.height / 2 - whole.y };
    };
    const start = await rowOf('early_exit_28');
    await chart.dragTo(chart, { sourcePosition: start, targetPosition: { x: start.x + 150, y: start.y } });
    const title = page.locator('#trials-title');
    await title.waitFor();
    const asked = () => new URL(page.url()).searchParams;
    expect([asked().get('open'), asked().get('range')]).toEqual(['early_exit_28', 'generation_time']);
    const [least, most] = [Number(asked().get('least')), Number(asked().get('most'))];
    expect(most).toBeGreaterThan(least);
    const times = () => page.locator('#trials tbody tr td:nth-child(3)').allTextContents();
    const of = trials.filter(({ cell }) => cell.policy_name === 'early_exit_28').length;
    await poll(async () => (await times()).every((time) => Number(time.replaceAll(',', '')) <= most)).toBe(true);
    await page.getByRole('button', { name: 'Take this range away' }).click();
    await poll(() => title.textContent()).toBe(`Trials of early_exit_28: ${of}`);
    // The same by keyboard.
    await page.getByLabel('Number of the trials').selectOption('reward');
    await page.getByLabel('Least', { exact: true }).fill('0.5');
    await page.getByLabel('Least', { exact: true }).press('Enter');
    const good = trials.filter(
      ({ cell, scores, status }) =>
        cell.policy_name === 'early_exit_28' && status === 'ok' && Number(scores.exact_match) >= 0.5,
    );
    await poll(() => title.textContent()).toBe(`Trials of early_exit_28: ${good.length}`);
    expect(good.length).toBeLessThan(of);
    expect(good.length).toBeGreaterThan(0);
    // A press on a mark.
    await chart.click({ position: await rowOf('speculative_decoding') });
    await poll(() => title.textContent()).toContain('Trials of speculative_decoding');
    expect(heard).toEqual([]);
  });

  it('marks where the answer leaves the baseline’s', async () => {
    const baseline = new Map(
      trials.filter(({ cell }) => cell.policy_name === 'baseline').map((one) => [one.sample, one]),
    );
    const other = trials.find(
      ({ cell, sample, answer }) =>
        cell.policy_name === 'early_exit_28' && answer && answer.text !== baseline.get(sample)?.answer?.text,
    );
    await using opened = await open(`/?run=whole&open=early_exit_28&trial=${other?.key}`);
    const { page } = opened;
    const marked = (await page.locator('#trial mark').first().textContent()) ?? '';
    const [mine, theirs] = [other?.answer?.text ?? '', baseline.get(other?.sample ?? '')?.answer?.text ?? ''];
    expect(mine.endsWith(marked) && theirs.startsWith(mine.slice(0, mine.length - marked.length))).toBe(true);
    expect(theirs[mine.length - marked.length]).not.toBe(marked[0]);
  });

  it('exports what is shown: CSV, Excel, SVG, PNG and the address are read again', async () => {
    await using opened = await open('/', { permissions: ['clipboard-read', 'clipboard-write'] });
    const { page } = opened;
    await page.getByLabel('early_exit_28', { exact: true }).check();
    await poll(() => names(page)).toEqual(['early_exit_28']);
    const save = async (name: string) => {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name }).first().click(),
      ]);
      return { file: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
    };
    const shown = await first(page).locator('tbody tr').first().locator('th, td').allTextContents();
    const csv = await save(`CSV: Policies on ${benchmark}`);
    expect(csv.file).toBe('whole-policies.csv');
    const row = csv.bytes.toString().trimEnd().split('\r\n')[1] ?? '';
    // What a spreadsheet would take for a formula has an apostrophe before it.
    const cells = [...row.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(([, cell = '']) =>
      cell.replace(/^"|"$/g, '').replace(/^'/, ''),
    );
    expect(cells.slice(0, shown.length)).toEqual(shown);
    const { readXlsx } = await import('hucre/xlsx');
    const sheet = (await readXlsx((await save(`Excel: Policies on ${benchmark}`)).bytes)).sheets[0];
    expect(sheet?.rows[1]).toEqual(shown);
    await page.locator('figure svg').first().waitFor();
    const svg = await save('SVG: Quality against time');
    const root = `new DOMParser().parseFromString(${JSON.stringify(svg.bytes.toString())}, 'image/svg+xml').documentElement`;
    expect(await page.evaluate(`${root}.tagName + ${root}.textContent`)).toMatch(/^svg.*early_exit_28/s);
    const png = await save('PNG: Quality against time');
    const size = await page.evaluate(
      `createImageBitmap(new Blob([Uint8Array.from(atob(${JSON.stringify(png.bytes.toString('base64'))}), (c) => c.charCodeAt(0))])).then(({ width }) => width)`,
    );
    expect(size).toBe(2 * Number(await page.evaluate(`${root}.getAttribute('width')`)));
    await page.getByRole('button', { name: 'Copy link' }).click();
    await poll(() => page.evaluate('navigator.clipboard.readText()')).toBe(
      `${dash.url}?run=whole&policy=early_exit_28`,
    );
  });

  it('holds two policies and two runs side by side, and says where it cannot', async () => {
    await using opened = await open('/?run=whole');
    const { page } = opened;
    await page.getByText('Compare', { exact: true }).click();
    await page.getByRole('combobox', { name: 'Policy', exact: true }).selectOption('early_exit_28');
    await page.getByRole('combobox', { name: 'against policy' }).selectOption('speculative_decoding');
    const compared = page.getByRole('region', { name: 'early_exit_28 against speculative_decoding' }).first();
    await compared.waitFor();
    const rows = page.locator('section', { hasText: 'early_exit_28 against speculative_decoding' }).locator('tbody tr');
    const { cells } = await comparePoliciesOf(join(home, 'runs', 'whole'), 'speculative_decoding', 'early_exit_28');
    await poll(() => rows.count()).toBe(Object.keys(cells[0]?.metrics ?? {}).length);
    await page.reload();
    await compared.waitFor();
    await page.getByRole('combobox', { name: 'This run against' }).selectOption('growing');
    await poll(() => page.getByRole('alert').textContent()).toContain('growing is not complete');
    expect(await page.locator('.decision li').count()).toBeGreaterThan(1);
  });

  it('takes a metric of the reader’s own: errors in place, completion, numbers, and a name', async () => {
    await using opened = await open('/?run=whole');
    const { page, heard } = opened;
    await page.getByText('Metric of your own', { exact: true }).click();
    const field = page.getByLabel('Arithmetic over the numbers of a trial');
    const said = page.locator('#metric-said');
    await field.fill('generation_time / (1 +');
    await poll(() => said.textContent()).toContain('found the end (character 23)');
    await field.fill("read_text('/etc/passwd')");
    await poll(() => said.textContent()).toContain('character 11');
    await field.press('Enter');
    expect(new URL(page.url()).searchParams.get('expression')).toBe(null);
    await field.fill('generation_tim');
    await page.getByRole('button', { name: 'generation_time', exact: true }).click();
    await field.press('End');
    await field.pressSequentially(' / completion_tokens');
    expect(await field.inputValue()).toBe('generation_time / completion_tokens');
    await poll(() => said.textContent()).toBe('');
    await field.press('Enter');
    const rows = page.locator('#metric tbody tr');
    await rows.first().waitFor();
    const of = (name: string) => trials.filter(({ cell, status }) => cell.policy_name === name && status === 'ok');
    const row = page.locator('#metric tbody tr', { hasText: 'early_exit_28' }).first();
    expect(await row.locator('td').first().textContent()).toBe(String(of('early_exit_28').length));
    await page.getByLabel('Name', { exact: true }).fill('ms_per_token');
    await page.getByRole('button', { name: 'Save in own.json' }).click();
    await page.getByRole('button', { name: 'ms_per_token' }).waitFor();
    expect(JSON.parse(readFileSync(join(home, 'own.json'), 'utf8')).ms_per_token.expression).toBe(
      'generation_time / completion_tokens',
    );
    await page.reload();
    await rows.first().waitFor();
    expect(heard).toEqual([]);
  });

  it('plays a run that was started in the page after its forecast, shows it, and cancels another', async () => {
    const own = await startDash({ roots: [join(home, 'played')], port: 0, allowRuns: true });
    await using opened = await open('/', {}, own.url);
    const { page } = opened;
    const begin = async (samples: string) => {
      const form = page.locator('details', { hasText: 'Start a run' });
      if ((await form.getAttribute('open')) === null) await page.getByText('Start a run', { exact: true }).click();
      await form.getByLabel('early_exit_28', { exact: true }).check();
      await form.getByRole('combobox', { name: 'Benchmark' }).selectOption('tiny-crm');
      await form.getByRole('combobox', { name: 'Model' }).selectOption('tiny8');
      await form.getByLabel('Samples', { exact: true }).fill(samples);
      await form.getByRole('button', { name: 'Forecast' }).click();
      await form.getByText(`${3 * Number(samples)} trials, the baseline twice among them`).waitFor({ timeout: 60_000 });
      expect(await form.getByLabel('Command').first().textContent()).toContain(
        `ttcbench run --policy early_exit_28 --benchmark tiny-crm --backend ggml --model tiny8 --samples ${samples}`,
      );
      await form.getByRole('button', { name: 'Start this run' }).click();
    };
    const state = () => page.locator('#started [role=status]').textContent();
    await begin('2');
    await expect.poll(state, { timeout: 90_000 }).toMatch(/ended: complete/);
    await page.getByRole('button', { name: 'Show this run' }).click();
    await poll(() => page.locator('#state').textContent()).toContain('6 of 6 trials');
    await begin('100');
    await expect.poll(state, { timeout: 30_000 }).toMatch(/is running/);
    await page.getByRole('button', { name: 'Cancel this run' }).click();
    await expect.poll(state, { timeout: 60_000 }).toMatch(/ended: cancelled/);
    await own.close();
  });

  it('shows a load curve and trials of some days', async () => {
    await using opened = await open('/?run=whole&open=baseline');
    const { page, heard } = opened;
    await page.getByLabel('Load sweep').selectOption('loads');
    await page.locator('#load figure svg').first().waitFor();
    expect(await page.locator('#load tbody tr').count()).toBe(loadCurve.points.length);
    const shown = () => page.locator('#trials-title').textContent();
    expect(await shown()).not.toBe('Trials of baseline: 0');
    await page.getByLabel('To', { exact: true }).fill('2000-01-01');
    await poll(shown).toBe('Trials of baseline: 0');
    expect(new URL(page.url()).searchParams.get('to')).toBe('2000-01-01');
    expect(heard).toEqual([]);
  });

  it('follows a run that another process plays, without a verdict', async () => {
    await using opened = await open('/?run=growing');
    const { page } = opened;
    const state = () => page.locator('#state').textContent();
    await poll(state).toContain('growing: 60 of');
    expect(await page.locator('.notice').textContent()).toContain('no verdict is shown');
    // The forms ask which way is better; nothing else says the word.
    const said = `[...document.querySelectorAll('main > :not(.choice)')].map((one) => one.textContent).join(' ')`;
    const text = () => page.evaluate(said);
    expect(await text()).not.toMatch(/\b(better|worse)\b/);
    appendTrials(join(home, 'runs', 'growing'), trials.slice(60, 75));
    await poll(state).toContain('growing: 75 of');
    appendTrials(join(home, 'runs', 'growing'), trials.slice(75, 80));
    await poll(state).toContain('growing: 80 of');
    expect(await text()).not.toMatch(/\b(better|worse)\b/);
  });

  it('says how to get a run where there is none', async () => {
    const empty = await startDash({ roots: [join(home, 'nothing')], port: 0 });
    await using opened = await open('/', {}, empty.url);
    expect(await opened.page.locator('main pre').textContent()).toBe('npx ttcbench demo');
    await empty.close();
  });

  it.each(['light', 'dark'] as const)('can be read by everybody, %s: axe finds nothing', async (colorScheme) => {
    const key = trials.find(({ cell, status }) => cell.policy_name === 'early_exit_28' && status === 'ok')?.key;
    await using opened = await open(`/?run=whole&open=early_exit_28&trial=${key}`, { colorScheme });
    const { page } = opened;
    await page.locator('figure svg').first().waitFor();
    await page.evaluate(readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
    const found = (await page.evaluate('axe.run()')) as { violations: { id: string; nodes: { html: string }[] }[] };
    expect(found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
    const theme = await page.evaluate('getComputedStyle(document.body).backgroundColor');
    await page.locator('#theme').click();
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).not.toBe(theme);
  });

  it.each([390, 720, 1360])('does not scroll sideways: %i pixels', async (width) => {
    const key = trials.find(({ cell, status }) => cell.policy_name === 'early_exit_28' && status === 'ok')?.key;
    await using opened = await open(`/?run=whole&open=early_exit_28&trial=${key}`, {
      viewport: { width, height: 800 },
    });
    const { page } = opened;
    await page.locator('figure svg').first().waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
  });
});
