/** A report whose texts may be shown: names, messages and notes come from servers, modules and files. */
import { plainText } from '../core/index.ts';
import type { Report } from './report-types.ts';

/** No message needs more; the whole of it stands in the JSON and in the journal. */
const most = 1000;

/** The same report with every text, and every name of a metric, as one plain line. No sentence of ours is cut. */
export const plainReport = (report: Report): Report => ({
  ...(plain(report, most) as Report),
  decisions: plain(report.decisions, Number.POSITIVE_INFINITY) as Report['decisions'],
});

function plain(value: unknown, longest: number): unknown {
  if (typeof value === 'string') return plainText(value, longest);
  if (Array.isArray(value)) return value.map((one) => plain(one, longest));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [plainText(name, longest), plain(one, longest)]),
  );
}
