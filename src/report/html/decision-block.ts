/** What stands first in a report: which policy to take. One place, so that a better answer needs no other change. */
import { decisionLine } from '../group-lines.ts';
import { groupKey, type Report, type ReportCell, type ReportGroup } from '../report-types.ts';

/** @param cells of the group, without the noise floor */
export function decisionSentences({ decisions }: Report, group: ReportGroup, cells: readonly ReportCell[]): string[] {
  const own = decisions.filter((one) => groupKey(one) === groupKey(group)).map(({ text }) => text);
  return [...own, decisionLine(group, cells)].filter((line) => line !== '');
}
