/** `ttcbench report RUN`: the table of a run folder. */
import { TtcError } from '../core/index.ts';
import { reportOn } from '../ttcbench/index.ts';
import { renderTerminalTable } from './report-table.ts';

export async function report(folder: string, flags: { json?: boolean; margin?: string[] }): Promise<void> {
  const result = await reportOn(folder, {
    margin: Object.fromEntries((flags.margin ?? []).map(marginOf)),
    write: true,
  });
  if (flags.json) console.log(JSON.stringify(result, null, 2));
  else {
    const width = process.stdout.columns ?? 120;
    console.log(renderTerminalTable(result, { width, colour: process.stdout.isTTY === true }));
  }
}

function marginOf(text: string): [string, number] {
  const [name, value] = text.split('=');
  const number = Number(value);
  if (!name || !value || !(number >= 0)) {
    throw new TtcError('E_ARGUMENT', `--margin ${text}: must be NAME=NUMBER, such as quality=0.02`);
  }
  return [name, number];
}
