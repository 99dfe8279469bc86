import { describe, expect, it } from 'vitest';
import { madeUpReport } from '../../test/support/made-up-run.ts';
import { reportNumbers } from '../../test/support/report-numbers.ts';
import { renderMarkdown } from './index.ts';

describe('report', () => {
  it('gives the kept numbers and Markdown for the kept journal', async () => {
    const report = await madeUpReport();
    await expect(`${reportNumbers(report).join('\n')}\n`).toMatchFileSnapshot('golden/numbers.txt');
    await expect(renderMarkdown(report)).toMatchFileSnapshot('golden/metrics_report.md');
  });

  it('is JSON without a number that JSON does not have', async () => {
    const report = await madeUpReport();
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });
});
