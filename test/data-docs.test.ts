import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { columnsPage, exportFormats, tableColumns } from '../src/tables/index.ts';
import { declaredCounters } from '../src/ttcbench/open-run.ts';

const page = new URL('../docs/data.md', import.meta.url);

describe('docs/data.md', () => {
  it('has the columns that rows have (TTCBENCH_RECORD=docs writes them)', () => {
    const [before = '', rest = ''] = readFileSync(page, 'utf8').split('<!-- columns -->');
    const [written = '', after = ''] = rest.split('<!-- /columns -->');
    const table = `\n\n${columnsPage(declaredCounters())}\n\n`;
    if (process.env.TTCBENCH_RECORD === 'docs')
      writeFileSync(page, [before, '<!-- columns -->', table, '<!-- /columns -->', after].join(''));
    else expect(written, 'record it').toBe(table);
  });

  it('has every format', () => {
    for (const format of [...Object.keys(exportFormats), 'eee'])
      expect(readFileSync(page, 'utf8')).toContain(`| \`${format}\` |`);
  });

  it('asks only for columns that there are', () => {
    const names = new Set(tableColumns(declaredCounters()).map(({ name }) => name));
    for (const name of ['policy_name', 'benchmark', 'first_token_latency', 'throughput', 'rouge_l', 'counter_drafted'])
      expect(names).toContain(name);
  });
});
