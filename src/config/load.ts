/** Files, environment, `--set` and flags, in this order of rising weight, become one checked configuration. */
import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { availableCores, type BackendConfig, type RunConfig, TtcError } from '../core/index.ts';
import { resolveBenchmarks } from './benchmarks.ts';
import { loadDotEnv } from './dot-env.ts';
import { environmentLayer, flagLayer } from './flags.ts';
import type { LoadOptions, ResolvedConfig } from './index.ts';
import { createLayer, first, type Layer, merged } from './layer.ts';
import { type BackendName, knownBackends } from './names.ts';
import { resolvePolicies } from './policies.ts';
import { readLayer, setLayer } from './read-yaml.ts';
import type { Registries } from './registries.ts';

export async function load(options: LoadOptions): Promise<ResolvedConfig> {
  const { env = process.env, folder = '.', registries } = options;
  loadDotEnv(folder, env);
  const { layers, files } = await collect(options, env);
  const sources = { layers, registries };
  const notes: string[] = [];
  const backend = resolveBackend(layers, registries);
  const name = backend.name as BackendName;
  notes.push(...threadNotes(backend));
  const config: RunConfig = {
    backend,
    benchmarks: await resolveBenchmarks(sources, notes),
    policies: resolvePolicies(sources),
    repeats: first(layers, ({ document }) => document.repeats) ?? 1,
    seed: first(layers, ({ document }) => document.seed) ?? 1,
    maxTokens: backendSetting(layers, name, 'max_tokens') ?? null,
    temperature: backendSetting(layers, name, 'temperature') ?? 0,
    sampling: samplingOf(layers),
    margin: { quality: 0.02, ...(merged(layers, ({ document }) => document.margin) as Record<string, number>) },
    concurrency: backendSetting(layers, name, 'concurrency') ?? 8,
  };
  return { config, execution: executionOf(layers, name), notes, files };
}

/** Highest first: flags, the last `--set`, …, environment, configuration file, table of policies. */
async function collect({ file, policiesFile, flags, params }: LoadOptions, env: NodeJS.ProcessEnv) {
  const config = file ?? flags.config;
  const table = policiesFile ?? (config === undefined ? undefined : await besides(config));
  const sets = [flags.set ?? []].flat().map(setLayer);
  const files = [config, table].filter((path) => path !== undefined);
  const layers: Layer[] = [
    flagLayer(flags),
    ...(params ? [paramLayer(params)] : []),
    ...sets.toReversed(),
    environmentLayer(env),
  ];
  if (config !== undefined) layers.push(await readLayer(config));
  if (table !== undefined) layers.push({ ...(await readLayer(table, 'policies')), isPolicyTable: true });
  return { layers, files };
}

const paramLayer = (params: Record<string, Record<string, unknown>>): Layer =>
  createLayer({ policies: params }, 'E_ARGUMENT', (path) => `--param ${path.slice(2).join('.')}`);

async function besides(config: string): Promise<string | undefined> {
  const table = join(dirname(config), 'policies.yaml');
  return access(table).then(
    () => table,
    () => undefined,
  );
}

type Document = Layer['document'];

/** A setting of the backend in use: within one layer its section is closer than the top level. */
const backendSetting = <K extends keyof Document>(layers: readonly Layer[], name: BackendName, key: K) =>
  first<Document[K]>(
    layers,
    ({ document }) => (document[name] as Partial<Document> | undefined)?.[key] ?? document[key],
  );

const keyVariables: Partial<Record<BackendName, string>> = { groq: 'GROQ_API_KEY', openai: 'OPENAI_API_KEY' };

function resolveBackend(layers: readonly Layer[], { builtBackends = knownBackends }: Registries): BackendConfig {
  const name = first(layers, ({ document }) => document.backend) ?? 'ggml';
  if (!builtBackends.includes(name)) {
    throw new TtcError('E_NOT_BUILT', `the backend ${name} is known, but this version does not have it yet`, {
      help: `built so far: ${builtBackends.join(', ')}`,
    });
  }
  const setting = <K extends keyof Document>(key: K) => backendSetting(layers, name, key);
  const prefill = setting('prefill');
  const kvSlots = setting('kv_slots');
  return {
    name,
    model: setting('model') ?? null,
    baseUrls: [setting('base_url') ?? []].flat(),
    apiKeyEnv: setting('api_key_env') ?? keyVariables[name] ?? null,
    threads: setting('threads') ?? 1,
    ...(prefill && { prefill }),
    ...(kvSlots !== undefined && { kvSlots }),
  };
}

/** Not refused: how a machine behaves that has too few cores may be the question. */
function threadNotes({ name, threads }: BackendConfig): string[] {
  const cores = availableCores();
  if (name !== 'ggml' || threads === 'auto' || threads <= cores) return [];
  return [
    `threads ${threads}: this process may use ${cores} ${cores === 1 ? 'core' : 'cores'}, and engine threads without a core slow down all others; take --threads ${cores} or less, or --threads auto`,
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

function executionOf(layers: readonly Layer[], name: BackendName): ResolvedConfig['execution'] {
  const get = <K extends keyof Document>(key: K) => first<Document[K]>(layers, ({ document }) => document[key]);
  return {
    jobs: get('jobs') ?? null,
    out: get('out') ?? null,
    record: get('record') ?? null,
    rps: backendSetting(layers, name, 'rps') ?? null,
    arrivals: backendSetting(layers, name, 'arrivals') ?? 'constant',
    duration: get('duration') ?? null,
    requestsPerSecond: backendSetting(layers, name, 'requests_per_second') ?? null,
    requestsPerMinute: backendSetting(layers, name, 'requests_per_minute') ?? null,
    tokensPerMinute: backendSetting(layers, name, 'tokens_per_minute') ?? null,
    timeouts: {
      connect: backendSetting(layers, name, 'connect_timeout') ?? null,
      firstToken: backendSetting(layers, name, 'first_token_timeout') ?? null,
      gap: backendSetting(layers, name, 'gap_timeout') ?? null,
    },
    maxCost: get('max_cost') ?? null,
    maxTokensTotal: get('max_tokens_total') ?? null,
    metrics: [get('metrics') ?? []].flat(),
    slo: merged(layers, ({ document }) => document.slo) as Record<string, number>,
    retryFailed: get('retry_failed') ?? false,
    dryRun: get('dry_run') ?? false,
    offline: get('offline') ?? false,
  };
}
