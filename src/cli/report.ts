/** `ttcbench report RUN` and `rescore RUN`: the table of a run folder, as it stands or with scores computed anew. */
import { basename, join, resolve } from 'node:path';
import { plainJson, TtcError } from '../core/index.ts';
import { renderLoadCurve } from '../report/index.ts';
import { isLoadSweep, reportJoined, reportOn, reportOnLoad, rescore as scoreAnew } from '../ttcbench/index.ts';
import { failedLines } from './failed-lines.ts';
import { reportUnwritten } from './report-error.ts';
import { renderTerminalTable, widthOfOutput } from './report-table.ts';
import { runFolder, runFolders } from './run-folders.ts';
import { untilInterrupted } from './session.ts';

interface Flags {
  json?: boolean;
  margin?: string[];
  slo?: string[];
  metrics?: string[];
  out?: string;
  /** False where `--no-html` was given. */
  html?: boolean;
  svg?: boolean;
  png?: boolean;
}

export async function report(names: readonly string[], flags: Flags): Promise<void> {
  const folders = runFolders(names);
  const outs = outsOf(folders, flags.out);
  const unwritten: TtcError[] = [];
  const onUnwritten = (error: TtcError) => void unwritten.push(error);
  for (const [i, folder] of folders.entries()) {
    if (i > 0 && !flags.json) console.log('');
    const options = optionsOf(flags, outs[i]);
    if (isLoadSweep(folder)) {
      const curve = await reportOnLoad(folder, options.files);
      console.log(flags.json ? plainJson(curve) : renderLoadCurve(curve));
    } else {
      const result = await reportOn(folder, { ...options, onUnwritten });
      print(result, flags);
      for (const line of failedLines(folder, result.cells)) console.error(line);
    }
  }
  reportUnwritten(unwritten);
}

/** `report --join A B`: one table, each policy against the baseline of its own run. */
export async function reportTogether(folders: readonly string[], flags: Flags): Promise<void> {
  const { files: _, ...options } = optionsOf(flags);
  print(await reportJoined(runFolders(folders), options), flags);
}

export async function rescore(folder: string, flags: Flags): Promise<void> {
  using session = untilInterrupted();
  const unwritten: TtcError[] = [];
  const onUnwritten = (error: TtcError) => void unwritten.push(error);
  print(await scoreAnew(runFolder(folder), { ...optionsOf(flags), signal: session.signal, onUnwritten }), flags);
  reportUnwritten(unwritten);
}

/** Of several runs each gets a folder of its own, named as it is. */
function outsOf(folders: readonly string[], out: string | undefined): (string | undefined)[] {
  if (out === undefined || folders.length === 1) return folders.map(() => out);
  const names = folders.map((folder) => basename(resolve(folder)));
  if (new Set(names).size < names.length)
    throw new TtcError('E_ARGUMENT', '--out: two of the runs have folders of the same name', {
      help: 'report them one by one',
    });
  return names.map((name) => join(out, name));
}

const optionsOf = ({ margin = [], slo = [], metrics = [], html, svg, png }: Flags, out?: string) => ({
  margin: Object.fromEntries(margin.map((text) => pairOf(text, '--margin', 'quality=0.02'))),
  ...(slo.length > 0 && {
    slo: Object.fromEntries(slo.map((text) => pairOf(text, '--slo', 'first_token_latency=500'))),
  }),
  metrics,
  files: { out, html, svg, png },
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
