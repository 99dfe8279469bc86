/** `ttcbench run`: measures policies against the baseline. */
import { kindOf } from '../backends/index.ts';
import type { RunFlags } from '../config/index.ts';
import { plainText } from '../core/index.ts';
import { dryRun, loadConfig, publishTables, type StartRun, startRun } from '../ttcbench/index.ts';
import { printResult } from './print-result.ts';
import { createProgress } from './progress.ts';
import { reportUnwritten } from './report-error.ts';
import { commandLine, untilInterrupted } from './session.ts';

export type Flags = RunFlags & { json?: boolean };

export async function run(flags: Flags): Promise<void> {
  const resolved = await loadConfig({ flags });
  await measure(resolved, flags);
}

/** Plays a resolved configuration with live progress, prints the table and sets the exit code; or says what it takes. */
export async function measure(
  resolved: Awaited<ReturnType<typeof loadConfig>>,
  flags: Flags,
  folderOf?: StartRun['folderOf'],
  again?: string,
): Promise<void> {
  for (const note of resolved.notes) console.error(note);
  if (resolved.execution.dryRun) {
    printForecast(await dryRun(resolved, { probe: true, folderOf }), flags);
    return;
  }
  using session = untilInterrupted();
  using progress = createProgress();
  await using watch = await openWatch(resolved);
  const { onEvent, ...hooks } = progress.hooks;
  const result = await startRun({
    resolved,
    command: commandLine(),
    signal: session.signal,
    ...(folderOf && { folderOf }),
    ...hooks,
    onEvent(event) {
      onEvent(event);
      watch?.onEvent(event);
    },
  });
  progress[Symbol.dispose]();
  await printResult(result, flags, again);
  process.exitCode = result.exitCode;
  reportUnwritten(result.unwritten);
  // After an interruption the shell has its prompt back at once; whoever needs the tables makes them.
  if (result.folder !== undefined && result.status !== 'interrupted') await publishQuietly(result.folder);
}

/** Metrics for Prometheus while the run goes on, where a port is given. */
async function openWatch({ execution: { metricsPort } }: Awaited<ReturnType<typeof loadConfig>>) {
  if (metricsPort === null) return undefined;
  const { watchRun } = await import('../watching/watch-run.ts');
  const watch = await watchRun(metricsPort);
  console.error(`metrics of the run: ${watch.url}`);
  return watch;
}

/** The rows as Parquet, for tables and other programs. The run stands without them. */
async function publishQuietly(folder: string): Promise<void> {
  try {
    await publishTables(folder);
  } catch (error) {
    console.error(
      plainText(`rows were not written as Parquet (the run is complete without): ${(error as Error).message}`),
    );
  }
}

function printForecast(forecast: DryRun, { json }: Flags): void {
  if (json) {
    console.log(JSON.stringify(forecast, null, 2));
    return;
  }
  for (const note of forecast.notes) console.error(note);
  printPlan(forecast);
  printAmounts(forecast);
}

type DryRun = Awaited<ReturnType<typeof dryRun>>;

export function printPlan(forecast: DryRun): void {
  const benchmarks = Object.entries(forecast.benchmarks).map(
    ([name, samples]) => `${name} (${samples} ${samples === 1 ? 'sample' : 'samples'})`,
  );
  console.log(`policies: ${forecast.policies.join(', ')}`);
  console.log(`benchmarks: ${benchmarks.join(', ')}`);
  console.log(`model: ${forecast.model ?? 'what the server or recording has'} on ${forecast.backend}`);
  if (kindOf(forecast.backend) === 'api')
    console.log(
      'before the trials: GET /models and up to four small calls that ask what the server can do, unless that is known',
    );
  console.log(`run folder: ${folderWords(forecast)}`);
}

/** Of a server or a model that was not asked, the plan and so the name of its folder are not known. */
function folderWords({ out, resumes, left, trials }: DryRun): string {
  if (out === null)
    return 'below runs/, named by the plan, which what the server or the model is belongs to; --out FOLDER names it';
  if (!resumes) return `${plainText(out)}, a new one`;
  const amount = left === null ? '' : `, ${left === 0 ? 'nothing' : `${left} of ${trials} trials`} left to play`;
  return `${plainText(out)}, which is there and would be resumed${amount}`;
}

export function printAmounts(forecast: DryRun): void {
  const { trials, calls, promptTokens, completionTokens, cost, secondsAtLeast, estimate } = forecast;
  console.log(`${trials} trials, the baseline twice among them`);
  console.log(
    `${calls} calls, about ${promptTokens} prompt tokens (estimated) and at most ${completionTokens} completion tokens`,
  );
  if (cost !== undefined) console.log(`at most ${cost.toFixed(4)} USD`);
  if (estimate) console.log(`about ${durations(estimate.seconds)}, an estimate: ${estimate.basis}`);
  if (secondsAtLeast !== undefined) console.log(`at least ${secondsAtLeast.toFixed(0)} s at this rate`);
}

/** `8 to 40 s`, `50 s to 3 min`, `8 s` */
function durations({ low, high }: { low: number; high: number }): string {
  const [from, to] = [duration(low), duration(high)];
  if (from === to) return from;
  const [unit] = to.split(' ').slice(-1);
  return from.endsWith(` ${unit}`) ? `${from.slice(0, -(unit as string).length - 1)} to ${to}` : `${from} to ${to}`;
}

/** `8 s`, `12 min`, `3.5 h` */
function duration(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
