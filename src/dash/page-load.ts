/** A sweep over a load as the page shows it: the charts and the table of the report. */
import { plainText } from '../core/index.ts';
import { type LoadCurve, loadCharts, loadTable, type NamedChart } from '../report/index.ts';
import type { PageTable } from './page-run.ts';

export interface PageLoad {
  load: string;
  charts: NamedChart[];
  /** That of `ttcbench report`. */
  table: Pick<PageTable, 'columns'> & { rows: { texts: string[] }[] };
  doubts: string[];
}

export function pageLoad(load: string, curve: LoadCurve): PageLoad {
  const { head, align, rows, doubts } = loadTable(curve);
  const plain = (texts: readonly string[]) => texts.map((text) => plainText(text, 300));
  return {
    ...{ load, charts: loadCharts(curve), doubts: plain(doubts) },
    table: {
      columns: plain(head).map((title, i) => ({ title, about: '', align: align[i] ?? 'left' })),
      rows: rows.map((texts) => ({ texts: plain(texts) })),
    },
  };
}
