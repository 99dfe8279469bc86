/** A spreadsheet, streamed: memory does not grow with the rows. Text stays text, whatever it begins with. */
import type { CellValue } from 'hucre/xlsx';
import { TtcError } from '../core/index.ts';
import type { ExportTable, ExportValue } from './read-table.ts';

/** What Excel can hold. */
export const excelLimits = { rows: 1_048_576, columns: 16_384, characters: 32_767 } as const;

export interface XlsxOutcome {
  rows: number;
  /** Texts that were longer than a cell may be, and were cut. */
  cut: number;
}

/** XML has no such characters. */
const unwritable = /[^\P{Cc}\t\n\r]|[\ufffe\uffff]|\p{Cs}/gu;

/** A cell breaks its lines by line feeds; a carriage return would show as `_x000D_` in some programs. */
const carriageReturn = /\r\n?/g;

/**
 * Rows beyond those of a sheet go to the next one, with the header again.
 * @param outcome is filled as rows are read
 */
export async function xlsxOf(
  { columns, batches }: ExportTable,
  sheet: string,
  outcome: XlsxOutcome,
): Promise<ReadableStream<Uint8Array>> {
  if (columns.length > excelLimits.columns)
    throw new TtcError('E_ARGUMENT', `${columns.length} columns are more than a sheet holds (${excelLimits.columns})`, {
      help: 'take --format parquet or csv',
    });
  const { writeXlsxStream } = await import('hucre/xlsx');
  const isTime = columns.map(({ kind }) => kind === 'time');
  async function* rows(): AsyncGenerator<CellValue[]> {
    for await (const batch of batches())
      for (const row of batch) {
        outcome.rows++;
        yield row.map((value, at) => cellOf(value, isTime[at] === true, outcome));
      }
  }
  return writeXlsxStream(rows(), {
    name: sheet.slice(0, 31),
    columns: columns.map(({ name, kind }) => ({
      header: name,
      ...(kind === 'time' && { numFmt: 'yyyy-mm-dd hh:mm:ss.000' }),
    })),
    freezePane: { rows: 1 },
    zip64: true,
  });
}

function cellOf(value: ExportValue, isTime: boolean, outcome: XlsxOutcome): CellValue {
  if (typeof value !== 'string') return value;
  if (isTime) return new Date(value);
  const text = value.replace(unwritable, '').replace(carriageReturn, '\n');
  if (text.length <= excelLimits.characters) return text;
  outcome.cut++;
  return text.slice(0, excelLimits.characters);
}
