/** What engine and client counted, a mean a trial. */

import { plainText } from '../core/index.ts';
import { none } from './cell-text.ts';
import type { Collected } from './collect-rows.ts';
import type { CellWork, WorkTables } from './collect-work.ts';
import { formatNumber } from './format-number.ts';
import type { CounterTable } from './html/report-page.ts';
import { groupKey } from './report-types.ts';

/** Names of counters may come from modules of the user's own. */
export function counterTables({ groups }: Collected, work: WorkTables): CounterTable[] {
  return groups.map((group) => {
    const cells = group.cells.map(({ cell }) => ({ cell, work: work.of(cell) }));
    const counted = cells.filter(({ work }) => work && work.trials > 0);
    const names = [...new Set(counted.flatMap(({ work }) => [...(work?.sums.keys() ?? [])]))].sort();
    const meanOf = (name: string, { trials, sums }: CellWork) => {
      const sum = sums.get(name);
      return sum === undefined ? none : formatNumber(sum / trials);
    };
    return {
      group: groupKey({ ...group, benchmark: plainText(group.benchmark), model: plainText(group.model) }),
      policies: counted.map(({ cell }) => cell.policy_name),
      rows: names.map((name) => [name, ...counted.map(({ work }) => (work ? meanOf(name, work) : none))]),
    };
  });
}
