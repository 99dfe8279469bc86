import { createHash } from 'node:crypto';
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { madeUpPage } from '../../../test/support/made-up-page.ts';
import { madeUpReport } from '../../../test/support/made-up-run.ts';
import { columnsFor, type Report } from '../index.ts';
import { htmlText } from './html-text.ts';

interface Found {
  textContent: string;
  getAttribute(name: string): string | null;
  attributes: Iterable<{ name: string }>;
}
const open = (html: string) =>
  parseHTML(html).document as unknown as { querySelectorAll(selector: string): Iterable<Found> };
const all = (html: string, selector: string) => [...open(html).querySelectorAll(selector)];

describe('report.html', () => {
  it('says what the tables of the Markdown say, in the order of the report', async () => {
    const [html, report] = [await madeUpPage(), await madeUpReport()];
    const group = report.groups[0] as Report['groups'][0];
    const cells = report.cells.filter(({ policy_name }) => policy_name !== 'baseline_again');
    const table = all(html, 'table')[0] as Found;
    const rows = all(table.toString(), 'tbody tr').map((row) =>
      all(`<table>${row}</table>`, 'td').map((cell) => cell.textContent),
    );
    expect(rows).toEqual(cells.map((cell) => columnsFor(group, report.cells).map((column) => column.of(cell))));
    for (const words of [
      'Noise floor',
      'E_TIMEOUT',
      'the numbers of this file are made up',
      'ttcbench run --benchmark extract --all',
      'Westfall and Young',
    ])
      expect(html).toContain(words);
    for (const title of ['Decision', 'Counters', 'How this came about', 'Plan and seeds', 'What the columns mean'])
      expect(all(html, 'h2,h3').map((one) => one.textContent)).toContain(title);
  });

  it('loads nothing, and lets only its own style and script act', async () => {
    const html = await madeUpPage();
    const policy = all(html, 'meta[http-equiv=Content-Security-Policy]')[0]?.getAttribute('content') ?? '';
    expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-\S+'; script-src 'sha256-\S+';/);
    for (const tag of ['style', 'script']) {
      const texts = [...html.matchAll(new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`, 'g'))].map(([, text = '']) => text);
      expect(texts).toHaveLength(1);
      expect(policy).toContain(
        `'sha256-${createHash('sha256')
          .update(texts[0] as string)
          .digest('base64')}'`,
      );
    }
    expect(all(html, 'link,img,iframe,object,embed,form,image,use,a[href^=http],[style],[src]')).toEqual([]);
    expect(html.match(/https?:\/\/[^"'\s<]+/g)?.filter((address) => address !== 'http://www.w3.org/2000/svg')).toEqual(
      [],
    );
  });

  it('shows text from outside and lets none of it act', async () => {
    const evil = `"><img src=x onerror=alert(1)><script>alert(2)</script></style><svg onload=alert(3)>'&amp;\u202e`;
    const hostile = (value: unknown): unknown => {
      if (typeof value === 'string') return evil;
      if (Array.isArray(value)) return value.map(hostile);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, hostile(one)]));
    };
    const html = await madeUpPage((report) => ({
      ...report,
      run: hostile(report.run) as Report['run'],
      warnings: [evil],
      groups: report.groups.map((group) => ({ ...group, benchmark: evil, model: evil, headline: evil })),
      cells: report.cells.map((cell) => ({
        ...{ ...cell, benchmark: evil, model: evil, policy_name: evil },
        failures: hostile(cell.failures) as typeof cell.failures,
      })),
    }));
    expect(all(html, 'img')).toEqual([]);
    expect(all(html, 'script')).toHaveLength(1);
    expect(all(html, 'style')).toHaveLength(1);
    for (const one of all(html, '*')) for (const { name } of one.attributes) expect(name).not.toMatch(/^on/);
    expect(all(html, 'h1,h2,li,td,code').some(({ textContent }) => textContent.includes('<img src=x onerror'))).toBe(
      true,
    );
  });

  it('escapes what acts in HTML', () => {
    expect(htmlText(`<a href="x" title='y'>&\n`)).toBe('&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;');
  });
});
