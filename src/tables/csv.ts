/** CSV after RFC 4180. Text that a spreadsheet would run as a formula gets an apostrophe before it; numbers never do. */
import type { ExportTable, ExportValue } from './read-table.ts';

export interface CsvOptions {
  /** As it is: no apostrophes, no byte order mark. For programs, not for spreadsheets. */
  raw?: boolean | undefined;
}

/** What Excel, LibreOffice or Google Sheets take for the start of a formula, blanks before it or not. */
const formula = /^(?:[\s\p{Cc}]*[=+\-@|%＝＋－＠]|[\t\r\n])/u;

const needsQuotes = /[",\r\n]|^\s|\s$/;

function cell(value: ExportValue, isText: boolean, raw: boolean): string {
  if (value === null) return '';
  if (!isText || typeof value !== 'string') return String(value);
  const safe = !raw && formula.test(value) ? `'${value}` : value;
  // An empty text is quoted, so that it is not taken for a missing value.
  return safe === '' || needsQuotes.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export async function* csvOf(
  { columns, batches }: ExportTable,
  { raw = false }: CsvOptions = {},
): AsyncGenerator<string> {
  yield `${raw ? '' : '\ufeff'}${columns.map(({ name }) => cell(name, true, raw)).join(',')}\r\n`;
  const isText = columns.map(({ kind }) => kind !== 'number' && kind !== 'flag');
  for await (const rows of batches()) {
    let text = '';
    for (const row of rows) {
      for (let at = 0; at < row.length; at++)
        text += (at === 0 ? '' : ',') + cell(row[at] as ExportValue, isText[at] as boolean, raw);
      text += '\r\n';
    }
    yield text;
  }
}
