/** One policy over values of its parameters, as one run against one baseline; or an API under rising load. */
import type { LoadOptions, ResolvedConfig } from '../config/index.ts';
import { type PolicyConfig, TtcError } from '../core/index.ts';
import { loadConfig } from './load-config.ts';
import { type RunResult, type StartRun, startRun } from './start-run.ts';
import { checkLoadSweep, type LoadSweep, type LoadSweepResult, sweepLoad } from './sweep-load.ts';

/** Parameter → its values. All combinations are played. `concurrency` and `rps` are loads and are swept alone. */
export type SweepParams = Readonly<Record<string, readonly unknown[]>>;

export interface PlannedSweep {
  /** Of a sweep over parameters: all combinations as policies of one run. Of a load: the run at one level. */
  resolved: ResolvedConfig;
  /** Present where a load is swept. */
  load?: LoadSweep;
}

/**
 * What a sweep will play, checked before anything is opened.
 * @throws TtcError E_ARGUMENT where the configuration has not exactly one policy, or a load cannot be swept there;
 *   E_POLICY for a parameter that the policy does not have; else what `loadConfig` throws
 */
export async function planSweep(options: Partial<LoadOptions>, params: SweepParams): Promise<PlannedSweep> {
  const resolved = await loadConfig(options);
  const load = loadOf(params);
  if (load) {
    checkLoadSweep(resolved, load);
    return { resolved, load };
  }
  const [policy, ...others] = resolved.config.policies;
  if (!policy || others.length > 0)
    throw new TtcError('E_ARGUMENT', 'a sweep is over one policy', { help: 'name it with --policy' });
  const policies: PolicyConfig[] = [];
  for (const changes of combinations(params)) {
    const { config } = await loadConfig({ ...options, params: { [policy.name]: nested(changes) } });
    policies.push({ ...policy, ...config.policies[0], label: labelOf(policy.name, changes) });
  }
  return { resolved: { ...resolved, config: { ...resolved.config, policies } } };
}

/** Plays what `planSweep` planned. A load gives its curve, parameters give one report. */
export async function sweep(
  { resolved, load }: PlannedSweep,
  options: Omit<StartRun, 'resolved'>,
): Promise<RunResult | LoadSweepResult> {
  return load ? sweepLoad({ ...options, resolved }, load) : startRun({ ...options, resolved });
}

/** Load is a property of a whole run: its levels cannot be played among each other, as parameters of a policy are. */
function loadOf(params: SweepParams): LoadSweep | undefined {
  const param = (['concurrency', 'rps'] as const).find((name) => name in params);
  if (param === undefined) return undefined;
  if (Object.keys(params).length > 1)
    throw new TtcError('E_ARGUMENT', `--param ${param}: a load is swept alone`, {
      help: 'sweep the others one by one',
    });
  return { param, values: (params[param] as readonly unknown[]).map(Number) };
}

function combinations(params: SweepParams): Record<string, unknown>[] {
  return Object.entries(params).reduce<Record<string, unknown>[]>(
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

/** `early_exit_28[confidence_threshold=0.5]`: the name of its cell. */
function labelOf(name: string, changes: Record<string, unknown>): string {
  const words = Object.entries(changes).map(([key, value]) => `${key}=${String(value)}`);
  return `${name}[${words.join(',')}]`;
}
