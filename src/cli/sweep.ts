/** `ttcbench sweep`: one policy over values of its parameters, as one run against one baseline; or one load after the other. */
import type { ResolvedConfig } from '../config/index.ts';
import { TtcError, wordsOfStop } from '../core/index.ts';
import { renderLoadCurve } from '../report/index.ts';
import { dryRun, type LoadSweep, levelOf, planSweep, sweepLoad } from '../ttcbench/index.ts';
import { createProgress } from './progress.ts';
import { reportUnwritten } from './report-error.ts';
import { type Flags, measure, printAmounts, printPlan } from './run.ts';
import { commandLine, untilInterrupted } from './session.ts';

export async function sweep({ param, ...flags }: Flags & { param: string[] }): Promise<void> {
  const { resolved, load } = await planSweep({ flags }, Object.fromEntries(param.map(valuesOf)));
  if (load) await measureLoad(resolved, load, flags);
  else await measure(resolved, flags);
}

async function measureLoad(resolved: ResolvedConfig, load: LoadSweep, flags: Flags): Promise<void> {
  for (const note of resolved.notes) console.error(note);
  if (resolved.execution.dryRun) {
    await printLevels(resolved, load, flags);
    return;
  }
  using session = untilInterrupted();
  using progress = createProgress();
  const { curve, folder, status, stop, exitCode, unwritten } = await sweepLoad(
    { resolved, command: commandLine(), signal: session.signal, ...progress.hooks },
    load,
  );
  progress[Symbol.dispose]();
  if (curve) console.log(flags.json ? JSON.stringify(curve, null, 2) : renderLoadCurve(curve));
  if (stop) console.error(`Stopped: ${wordsOfStop(stop)}`);
  if (status !== 'complete') console.error(`The sweep is not complete. The same command with --out ${folder} goes on.`);
  console.error(`Sweep folder: ${folder}`);
  process.exitCode = exitCode;
  reportUnwritten(unwritten);
}

async function printLevels(resolved: ResolvedConfig, load: LoadSweep, { json }: Flags): Promise<void> {
  for (const [i, value] of load.values.entries()) {
    const level = await dryRun(levelOf(resolved, load, value));
    if (json) console.log(JSON.stringify(level, null, 2));
    else {
      if (i === 0) printPlan(level);
      console.log(`${load.param} ${value}:`);
      printAmounts(level);
    }
  }
}

/** `name=1,2,4` */
function valuesOf(text: string): [name: string, values: unknown[]] {
  const cut = text.indexOf('=');
  const values = text
    .slice(cut + 1)
    .split(',')
    .map((word) => word.trim());
  if (cut < 1 || values.includes('')) {
    throw new TtcError('E_ARGUMENT', `--param ${text}: must be NAME=VALUE,VALUE,…`, {
      help: 'for example --param confidence_threshold=0.5,0.7,0.9',
    });
  }
  return [text.slice(0, cut).trim(), values.map(parse)];
}

/** Numbers, true, false and null are what they look like; the rest is text. */
function parse(word: string): unknown {
  try {
    return JSON.parse(word);
  } catch {
    return word;
  }
}
