/** `report.html` of the made-up run. */
import { reportPage } from '../../src/report/html/report-page.ts';
import {
  chartsOfReport,
  counterTables,
  createWorkTables,
  type NamedChart,
  type Report,
} from '../../src/report/index.ts';
import { chartDocument } from './chart-document.ts';
import { madeUpCollected, madeUpReport, madeUpTrials } from './made-up-run.ts';

/** @param change of the report, for texts that are to be hostile. @param more charts to be shown above all groups' */
export async function madeUpPage(
  change = (report: Report) => report,
  more: readonly NamedChart[] = [],
): Promise<string> {
  const [report, collected, work] = [change(await madeUpReport()), await madeUpCollected(), createWorkTables()];
  for (const trial of madeUpTrials()) work.read(trial);
  const charts = chartsOfReport(report, collected, work);
  const [first] = charts.groups.keys();
  const groups = new Map([...charts.groups].map(([key, own]) => [key, key === first ? [...own, ...more] : own]));
  return reportPage({
    ...{ report, document: chartDocument, charts: { ...charts, groups } },
    counters: counterTables(collected, work),
    facts: [
      {
        title: 'Plan and seeds',
        facts: [
          { name: 'seed', value: '1' },
          { name: 'model', value: 'a'.repeat(64), isCode: true },
        ],
      },
    ],
  });
}
