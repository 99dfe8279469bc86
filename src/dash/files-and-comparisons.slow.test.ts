/** Files of what the page shows, and runs and policies side by side. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDash, trials } from '../../test/support/open-dash.ts';
import { compareFolders, comparePoliciesOf, exportTables, reportOn } from '../ttcbench/index.ts';

type Opened = Awaited<ReturnType<typeof openDash>>;
let home: Opened['home'];
let ask: Opened['ask'];
let read: Opened['read'];
let folder: Opened['folder'];
let close: Opened['close'];

beforeAll(async () => {
  ({ home, ask, read, folder, close } = await openDash());
});
afterAll(() => close());

describe('exports', () => {
  const lines = (text: string) => text.replace('\ufeff', '').trimEnd().split('\r\n');

  it('gives the table of the page word for word, filtered and sorted as it is', async () => {
    const page = await read('/api/page?run=whole');
    const [table] = page.groups[0].tables;
    const titles: string[] = table.columns.map(({ title }: { title: string }) => title);
    const { text, headers } = await ask('/api/export?run=whole&table=policies&group=0&format=csv');
    expect(headers['content-disposition']).toBe('attachment; filename="whole-policies.csv"');
    expect(lines(text)[0]).toBe(titles.join(','));
    expect(lines(text).slice(1)).toHaveLength(table.rows.length);
    const column = encodeURIComponent('time ×');
    const sorted = await ask(`/api/export?run=whole&table=policies&group=0&format=csv&column=${column}&order=asc`);
    expect(lines(sorted.text)[1]).toMatch(/^speculative_decoding,/);
    const one = await ask('/api/export?run=whole&table=policies&group=0&format=csv&policy=early_exit_28');
    expect(
      lines(one.text)
        .slice(1)
        .map((line) => line.split(',')[0]),
    ).toEqual(['early_exit_28']);
  });

  it("gives the report's numbers, each as `report --json` has it", async () => {
    const report = await reportOn(folder('whole'));
    const [head, ...rows] = lines((await ask('/api/export?run=whole&table=numbers&format=csv')).text).map((line) =>
      line.split(','),
    );
    const at = (name: string) => head?.indexOf(name) ?? -1;
    const found = new Map(rows.map((row) => [`${row[at('policy_name')]} ${row[at('metric')]}`, row]));
    let checked = 0;
    for (const { policy_name, metrics, vs_baseline } of report.cells)
      for (const [name, { mean, p50 }] of Object.entries(metrics)) {
        const row = found.get(`${policy_name} ${name}`) ?? [];
        expect([row[at('mean')], row[at('p50')]]).toEqual([String(mean), p50 === null ? '' : String(p50)]);
        const versus = vs_baseline[name];
        if (versus?.ratio.mean != null) expect(row[at('ratio')]).toBe(String(versus.ratio.mean));
        if (versus) expect(row[at('verdict')]).toBe(versus.verdict);
        checked++;
      }
    expect(checked).toBeGreaterThan(50);
    // A run that goes on has none.
    const growing = lines((await ask('/api/export?run=growing&table=numbers&format=csv')).text);
    expect(growing.length).toBeGreaterThan(10);
    const verdicts = growing.slice(1).map((line) => line.split(',')[at('verdict')]);
    expect(new Set(verdicts)).toEqual(new Set(['']));
  });

  it('gives the trials that the filters let through, as `export` writes them', async () => {
    const out = join(home, 'trials.csv');
    await exportTables([folder('whole')], { format: 'csv', out });
    const all = lines(readFileSync(out, 'utf8').replaceAll(folder('whole'), 'whole'));
    const { text } = await ask('/api/export?run=whole&table=trials&format=csv');
    expect(lines(text).toSorted()).toEqual(all.toSorted());
    expect(text).not.toContain(home);
    const failed = lines((await ask('/api/export?run=whole&table=trials&format=csv&status=failed')).text);
    expect(failed).toHaveLength(1 + trials.filter(({ status }) => status === 'failed').length);
    const evil = encodeURIComponent("x') OR 1=1; DROP VIEW trials; --");
    expect(lines((await ask(`/api/export?run=whole&table=trials&format=csv&policy=${evil}`)).text)).toHaveLength(1);
  });

  it('draws a chart of the page as the report does', async () => {
    const { text, headers } = await ask('/api/chart?run=whole&chart=pareto&group=0&format=svg');
    expect(headers['content-type']).toMatch(/^image\/svg\+xml/);
    expect(text).toMatch(/^<svg.*early_exit_28.*<\/svg>$/s);
    const one = await ask('/api/chart?run=whole&chart=pareto&group=0&format=svg&policy=baseline');
    expect(one.text).not.toContain('early_exit_28');
    expect((await ask('/api/chart?run=whole&chart=pareto&group=0&format=png')).text).toMatch(/^.PNG/);
  });
});

describe('comparisons', () => {
  it('holds a run against another as `compare` does, number by number', async () => {
    const { runs } = await compareFolders([folder('whole'), folder('slower')]);
    const page = await read('/api/compare?run=whole&with=slower');
    const cells = runs[0]?.cells ?? [];
    expect(page.title).toBe('slower against whole');
    expect(page.rows).toHaveLength(cells.flatMap(({ metrics }) => Object.keys(metrics)).length);
    const row = page.rows.find(
      ({ texts }: { texts: string[] }) => texts[0] === 'baseline' && texts[2] === 'generation_time',
    );
    const ratio = cells.find(({ policy_name }) => policy_name === 'baseline')?.metrics.generation_time?.ratio;
    expect(ratio?.mean).toBeCloseTo(2, 10);
    expect(row.texts[5]).toBe(`${ratio?.mean?.toFixed(2)}× [${ratio?.low?.toFixed(2)}, ${ratio?.high?.toFixed(2)}]`);
    const { text } = await ask('/api/export?run=whole&with=slower&table=compared&format=csv');
    expect(text.split('\r\n')).toHaveLength(page.rows.length + 2);
    expect(text).not.toContain(home);
  });

  it('holds a policy against another of the run: against the baseline it is what the report says', async () => {
    const report = await reportOn(folder('whole'));
    const { cells } = await comparePoliciesOf(folder('whole'), 'baseline', 'early_exit_28');
    const versus = report.cells.find(({ policy_name }) => policy_name === 'early_exit_28')?.vs_baseline ?? {};
    const metrics = Object.entries(cells[0]?.metrics ?? {});
    expect(metrics.length).toBeGreaterThan(4);
    for (const [name, { ratio, difference, n }] of metrics)
      expect([name, ratio, difference, n]).toEqual([
        name,
        versus[name]?.ratio,
        versus[name]?.difference,
        versus[name]?.n,
      ]);
    const page = await read('/api/compare?run=whole&policy=baseline&policy=early_exit_28');
    expect(page.title).toBe('early_exit_28 against baseline');
    expect(page.rows).toHaveLength(metrics.length);
    const turned = await comparePoliciesOf(folder('whole'), 'early_exit_28', 'baseline');
    const [there, back] = [cells, turned.cells].map((list) => list[0]?.metrics.generation_time?.ratio.mean ?? 0);
    expect((there ?? 0) * (back ?? 0)).toBeCloseTo(1, 10);
  });
});
