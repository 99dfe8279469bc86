/** The same plan at several levels of load, one after the other, each in a run folder of its own below the sweep's. */
import { join, parse } from 'node:path';
import { kindOf } from '../backends/index.ts';
import type { ResolvedConfig } from '../config/index.ts';
import { endedAsAsked, hash, TtcError } from '../core/index.ts';
import {
  type LoadCurve,
  type LoadLevel,
  type LoadParam,
  loadCurve,
  markdownText,
  renderLoadCurve,
} from '../report/index.ts';
import { writeAtomically } from '../store/atomic-file.ts';
import { readManifest } from '../store/manifest.ts';
import { RUN_FILES } from '../store/run-folder.ts';
import { collectRun } from './collect-run.ts';
import { orElse } from './report-on.ts';
import { type RunResult, type StartRun, startRun } from './start-run.ts';

export interface LoadSweep {
  param: LoadParam;
  values: readonly number[];
}

export interface LoadSweepResult extends Pick<RunResult, 'folder' | 'stop' | 'exitCode' | 'unwritten'> {
  status: RunResult['status'];
  /** Absent after an interruption. */
  curve?: LoadCurve;
}

/** @throws TtcError E_ARGUMENT where the load would not reach the server, or a level is none */
export function checkLoadSweep({ config, execution }: ResolvedConfig, { param, values }: LoadSweep): void {
  const refuse = (message: string, help: string): never => {
    throw new TtcError('E_ARGUMENT', `--param ${param}: ${message}`, { help });
  };
  if (kindOf(config.backend.name) === 'engine')
    refuse('the engine plays one block after the other, so there is no load to vary', 'use --backend groq or openai');
  const isCount = (value: number) => Number.isInteger(value) && value >= 1 && value <= 10_000;
  const wrong = values.find((value) => (param === 'rps' ? !(value > 0) : !isCount(value)));
  if (wrong !== undefined || new Set(values).size < values.length)
    refuse(
      wrong === undefined ? 'a level is listed twice' : `${wrong} is not a level`,
      param === 'rps' ? 'requests per second above 0, each once' : 'whole numbers from 1 to 10000, each once',
    );
  if (param === 'concurrency' && execution.rps !== null)
    refuse('at a set rate trials do not wait for each other', 'leave out --rps');
}

/** The configuration of one level. Each level records into a cassette of its own: their calls are equal. */
export function levelOf({ config, execution, ...rest }: ResolvedConfig, { param }: LoadSweep, value: number) {
  const record = execution.record && besides(execution.record, `${param}=${value}`);
  return {
    ...rest,
    config: param === 'concurrency' ? { ...config, concurrency: value } : config,
    execution: { ...execution, record, ...(param === 'rps' && { rps: value }) },
  };
}

/** `answers.jsonl` → `answers.rps=5.jsonl`. */
function besides(path: string, level: string): string {
  const { dir, name, ext } = parse(path);
  return join(dir, `${name}.${level}${ext}`);
}

/** Goes on where it stopped by the same command: levels that are complete are only read. */
export async function sweepLoad(options: StartRun, sweep: LoadSweep): Promise<LoadSweepResult> {
  const { resolved } = options;
  checkLoadSweep(resolved, sweep);
  const { config, execution } = resolved;
  const folder = execution.out ?? join('runs', `${sweep.param}-${hash({ config, sweep }).slice(0, 12)}`);
  const levels: LoadLevel[] = [];
  const codes: RunResult['exitCode'][] = [];
  const unwritten: TtcError[] = [];
  const write = (curve: LoadCurve) => writeCurve(folder, curve, (error) => unwritten.push(error));
  for (const value of sweep.values) {
    const level = levelOf(resolved, sweep, value);
    const out = join(folder, `${sweep.param}=${value}`);
    const {
      status,
      stop,
      exitCode,
      unwritten: missing,
    } = await startRun({
      ...options,
      report: 'folder',
      resolved: { ...level, execution: { ...level.execution, out } },
    });
    unwritten.push(...missing);
    if (status === 'interrupted') return { folder, status, exitCode, unwritten };
    const { collected } = await collectRun(out, execution);
    levels.push({ value, collected, doubts: doubtsOf(out) });
    codes.push(exitCode);
    // A rate with a duration ends a level early by design; a bound on cost or tokens ends the sweep.
    if (status === 'stopped' && !endedAsAsked(stop))
      return {
        folder,
        status,
        ...(stop && { stop }),
        exitCode,
        unwritten,
        curve: await write(loadCurve(sweep.param, levels)),
      };
  }
  const curve = await write(loadCurve(sweep.param, levels));
  return { folder, status: 'complete', exitCode: codes.includes(3) ? 3 : 0, unwritten, curve };
}

/** Of all its sessions: a level that is only read now was played before. */
function doubtsOf(folder: string): string[] {
  const sessions = readManifest(join(folder, RUN_FILES.manifest))?.sessions ?? [];
  return [...new Set(sessions.flatMap(({ doubts = [] }) => doubts))];
}

async function writeCurve(
  folder: string,
  curve: LoadCurve,
  onUnwritten: (error: TtcError) => void,
): Promise<LoadCurve> {
  const page = `# What more load does\n\n${renderLoadCurve(curve, markdownText)}\n`;
  await orElse(onUnwritten, writeAtomically(join(folder, 'load_curve.json'), `${JSON.stringify(curve, null, 2)}\n`));
  await orElse(onUnwritten, writeAtomically(join(folder, 'load_curve.md'), page));
  return curve;
}
