/** Files, environment, settings of a program, `--set` and flags, in this order of rising weight, become one checked configuration. */
import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { kindOf } from '../backends/index.ts';
import { availableCores, type BackendConfig, type RunConfig, TtcError } from '../core/index.ts';
import { resolveBenchmarks } from './benchmarks.ts';
import { loadDotEnv } from './dot-env.ts';
import { environmentLayer, flagLayer } from './flags.ts';
import { createLayer, first, type Layer } from './layer.ts';
import { resolvePolicies } from './policies.ts';
import { readLayer, setLayer } from './read-yaml.ts';
import type { Registries } from './registries.ts';
import { resolveSettings } from './resolve-settings.ts';
import type { LoadOptions, ResolvedConfig } from './resolved-config.ts';

export async function load(options: LoadOptions): Promise<ResolvedConfig> {
  const { env = process.env, folder = '.', flags, registries } = options;
  const dotEnv = loadDotEnv(folder, env, flags.apiKeyEnv);
  const { layers, files } = await collect(options, env);
  const sources = { layers, registries };
  const notes: string[] = dotEnv.note === undefined ? [] : [dotEnv.note];
  const { backend, backends, config, execution } = resolveSettings(layers);
  notes.push(...(backends ?? [backend]).flatMap(threadNotes));
  for (const one of backends ?? [backend]) refuseWarmAtRate(one, execution.rps);
  return {
    config: {
      backend,
      ...(backends && { backends }),
      benchmarks: await resolveBenchmarks(sources, notes),
      policies: resolvePolicies(sources),
      ...config,
      sampling: samplingOf(layers),
    },
    execution,
    notes,
    files,
  };
}

/** Highest first: flags, the last `--set`, …, settings of a program, environment, configuration file, table of policies. */
async function collect(
  { file, policiesFile, flags, settings, params, registries }: LoadOptions,
  env: NodeJS.ProcessEnv,
) {
  const config = file ?? flags.config;
  const table = policiesFile ?? (config === undefined ? undefined : await besides(config));
  const sets = [flags.set ?? []].flat().map((setting) => setLayer(setting, registries));
  const files = [config, table].filter((path) => path !== undefined);
  const layers: Layer[] = [
    flagLayer(flags, registries),
    ...(params ? [paramLayer(params, registries)] : []),
    ...sets.toReversed(),
    ...(settings ? [settingsLayer(settings, registries)] : []),
    environmentLayer(env, registries),
  ];
  if (config !== undefined) layers.push(await readLayer(config, registries));
  if (table !== undefined) layers.push({ ...(await readLayer(table, registries, 'policies')), isPolicyTable: true });
  return { layers, files };
}

const paramLayer = (params: Record<string, Record<string, unknown>>, registries: Registries): Layer =>
  createLayer({ policies: params }, 'E_ARGUMENT', (path) => `--param ${path.slice(2).join('.')}`, registries);

const settingsLayer = (settings: Readonly<Record<string, unknown>>, registries: Registries): Layer =>
  createLayer(settings, 'E_CONFIG', (path) => ['settings', ...path].join('.'), registries);

async function besides(config: string): Promise<string | undefined> {
  const table = join(dirname(config), 'policies.yaml');
  return access(table).then(
    () => table,
    () => undefined,
  );
}

/** @throws E_ARGUMENT where trials begin at set times: the call that warms a prompt would make its trial late */
function refuseWarmAtRate({ cache }: BackendConfig, rps: number | null): void {
  if (cache !== 'warm' || rps === null) return;
  throw new TtcError(
    'E_ARGUMENT',
    'prompt_cache: warm does not go with a set rate: the call before would make trials late',
    {
      help: 'leave out --rps, or take --prompt-cache as-is',
    },
  );
}

/** Engine threads per core that are refused: at eight the start alone takes minutes. */
const mostThreadsPerCore = 4;

/**
 * A few threads too many are not refused: how a machine behaves that has too few cores may be the question.
 * @throws E_ARGUMENT for so many that the engine would not start in a reasonable time
 */
function threadNotes({ name, threads }: BackendConfig): string[] {
  const cores = availableCores();
  if (kindOf(name) !== 'engine' || threads === 'auto' || threads <= cores) return [];
  const cause = `this process may use ${cores} ${cores === 1 ? 'core' : 'cores'}`;
  if (threads > mostThreadsPerCore * cores) {
    throw new TtcError('E_ARGUMENT', `threads ${threads}: ${cause}, and with that many threads hardly a pass ends`, {
      help: `take --threads ${cores} or less, or --threads auto; up to ${mostThreadsPerCore * cores} are tried`,
    });
  }
  return [
    `threads ${threads}: ${cause}, and engine threads without a core slow down all others; take --threads ${cores} or less, or --threads auto`,
  ];
}

function samplingOf(layers: readonly Layer[]): RunConfig['sampling'] {
  const keys = { topK: 'top_k', topP: 'top_p', minP: 'min_p', repetitionPenalty: 'repetition_penalty' } as const;
  const given = Object.entries(keys).map(([field, key]) => [
    field,
    first(layers, ({ document }) => document.sampling?.[key]),
  ]);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}
