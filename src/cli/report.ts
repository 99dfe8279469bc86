/** `ttcbench report RUN` and `rescore RUN`: the table of a run folder, as it stands or with scores computed anew. */
import { plainJson, TtcError } from '../core/index.ts';
import { reportJoined, reportOn, rescore as scoreAnew } from '../ttcbench/index.ts';
import { reportUnwritten } from './report-error.ts';
import { renderTerminalTable, widthOfOutput } from './report-table.ts';
import { untilInterrupted } from './session.ts';

interface Flags {
  json?: boolean;
  margin?: string[];
  slo?: string[];
  metrics?: string[];
}

export async function report(folders: readonly string[], flags: Flags): Promise<void> {
  const unwritten: TtcError[] = [];
  const onUnwritten = (error: TtcError) => unwritten.push(error);
  for (const folder of folders) print(await reportOn(folder, { ...optionsOf(flags), onUnwritten }), flags);
  reportUnwritten(unwritten);
}

/** `report --join A B`: one table, each policy against the baseline of its own run. */
export async function reportTogether(folders: readonly string[], flags: Flags): Promise<void> {
  print(await reportJoined(folders, optionsOf(flags)), flags);
}

export async function rescore(folder: string, flags: Flags): Promise<void> {
  using session = untilInterrupted();
  const unwritten: TtcError[] = [];
  const onUnwritten = (error: TtcError) => void unwritten.push(error);
  print(await scoreAnew(folder, { ...optionsOf(flags), signal: session.signal, onUnwritten }), flags);
  reportUnwritten(unwritten);
}

const optionsOf = ({ margin = [], slo = [], metrics = [] }: Flags) => ({
  margin: Object.fromEntries(margin.map((text) => pairOf(text, '--margin', 'quality=0.02'))),
  ...(slo.length > 0 && {
    slo: Object.fromEntries(slo.map((text) => pairOf(text, '--slo', 'first_token_latency=500'))),
  }),
  metrics,
  write: true,
});

function print(result: Awaited<ReturnType<typeof reportOn>>, { json }: Flags): void {
  if (json) {
    console.log(plainJson(result));
    return;
  }
  const width = widthOfOutput();
  console.log(renderTerminalTable(result, { width, colour: process.stdout.isTTY === true }));
}

function pairOf(text: string, flag: string, example: string): [string, number] {
  const [name, value] = text.split('=');
  const number = Number(value);
  if (!name || !value || !(number >= 0)) {
    throw new TtcError('E_ARGUMENT', `${flag} ${text}: must be NAME=NUMBER, such as ${example}`);
  }
  return [name, number];
}
