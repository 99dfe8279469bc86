/** `ttcbench sweep`: one policy over values of its parameters, as one run against one baseline; or one load after the other. */
import { type PolicyConfig, TtcError, wordsOfStop } from '../core/index.ts';
import { renderLoadCurve } from '../report/index.ts';
import {
  checkLoadSweep,
  dryRun,
  type LoadSweep,
  levelOf,
  loadConfig,
  registries,
  sweepLoad,
} from '../ttcbench/index.ts';
import { createProgress } from './progress.ts';
import { type Flags, measure, printAmounts, printPlan } from './run.ts';
import { commandLine, untilInterrupted } from './session.ts';

type Resolved = Awaited<ReturnType<typeof loadConfig>>;

export async function sweep({ param, ...flags }: Flags & { param: string[] }): Promise<void> {
  const axes = param.map(valuesOf);
  const load = loadOf(axes);
  const resolved = await loadConfig({ flags, registries });
  if (load) {
    await measureLoad(resolved, load, flags);
    return;
  }
  const [policy, ...others] = resolved.config.policies;
  if (!policy || others.length > 0) {
    throw new TtcError('E_ARGUMENT', 'a sweep is over one policy', { help: 'name it with --policy' });
  }
  const combined = combinations(axes).map(async (changes) => {
    const params = { [policy.name]: nested(changes) };
    const { config } = await loadConfig({ flags, registries, params });
    return variantOf({ ...policy, ...config.policies[0] }, changes);
  });
  resolved.config.policies = await Promise.all(combined);
  await measure(resolved, flags);
}

/** Load is a property of a whole run: its levels cannot be played among each other, as parameters of a policy are. */
function loadOf(axes: readonly Values[]): LoadSweep | undefined {
  const [name, values] = axes.find(([name]) => name === 'concurrency' || name === 'rps') ?? [];
  if (name !== 'concurrency' && name !== 'rps') return undefined;
  if (axes.length > 1)
    throw new TtcError('E_ARGUMENT', `--param ${name}: a load is swept alone`, { help: 'sweep the others one by one' });
  return { param: name, values: (values as unknown[]).map(Number) };
}

async function measureLoad(resolved: Resolved, load: LoadSweep, flags: Flags): Promise<void> {
  for (const note of resolved.notes) console.error(note);
  checkLoadSweep(resolved, load);
  if (resolved.execution.dryRun) {
    await printLevels(resolved, load, flags);
    return;
  }
  using session = untilInterrupted();
  using progress = createProgress();
  const { curve, folder, status, stop, exitCode } = await sweepLoad(
    { resolved, command: commandLine(), signal: session.signal, ...progress.hooks },
    load,
  );
  progress[Symbol.dispose]();
  if (curve) console.log(flags.json ? JSON.stringify(curve, null, 2) : renderLoadCurve(curve));
  if (stop) console.error(`Stopped: ${wordsOfStop(stop)}`);
  if (status !== 'complete') console.error(`The sweep is not complete. The same command with --out ${folder} goes on.`);
  console.error(`Sweep folder: ${folder}`);
  process.exitCode = exitCode;
}

async function printLevels(resolved: Resolved, load: LoadSweep, { json }: Flags): Promise<void> {
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

type Values = [name: string, values: unknown[]];

function valuesOf(text: string): Values {
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

function combinations(axes: readonly Values[]): Record<string, unknown>[] {
  return axes.reduce<Record<string, unknown>[]>(
    (rows, [name, values]) => rows.flatMap((row) => values.map((value) => ({ ...row, [name]: value }))),
    [{}],
  );
}

/** `elastic_batch_greedy.slots` is a parameter of one member of a composition. */
function nested(changes: Record<string, unknown>): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(changes)) {
    const [member = '', ...rest] = key.split('.');
    result[member] = rest.length === 0 ? value : { ...(result[member] as object), [rest.join('.')]: value };
  }
  return result;
}

function variantOf({ name, params }: PolicyConfig, changes: Record<string, unknown>): PolicyConfig {
  const label = Object.entries(changes)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(',');
  return { name, params, label: `${name}[${label}]` };
}
