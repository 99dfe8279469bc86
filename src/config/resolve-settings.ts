/** The settings of one value each, from all layers into the fields that the table names. */
import { backendNamed, backendNames } from '../backends/index.ts';
import type { BackendConfig, RunConfig } from '../core/index.ts';
import { type Document, sectionOf } from './document.ts';
import { fail, first, type Layer, merged } from './layer.ts';
import type { Execution } from './resolved-config.ts';
import { oneOf } from './rules.ts';
import { type Setting, type SettingKey, settings } from './settings.ts';

interface Resolved {
  backend: BackendConfig;
  config: Omit<RunConfig, 'backend' | 'backends' | 'benchmarks' | 'policies' | 'sampling'>;
  execution: Execution;
}

/** Which backend is asked for: one of ours, or an endpoint of the configuration, which is one with settings of its own. */
interface Chosen {
  name: string;
  as?: string;
}

/** @param layers highest first */
export function resolveSettings(layers: readonly Layer[]): Resolved & { backends?: BackendConfig[] } {
  const chosen = chosenBackends(layers);
  const [first, ...others] = chosen.map((one) => resolveFor(layers, one)) as [Resolved, ...Resolved[]];
  if (others.length === 0) return first;
  return { ...first, backends: [first, ...others].map(({ backend }) => backend) };
}

function resolveFor(layers: readonly Layer[], chosen: Chosen): Resolved {
  const resolved = { backend: {}, config: {}, execution: {} };
  for (const [key, setting] of Object.entries(settings) as [SettingKey, Setting][]) {
    if (setting.to === undefined || key === 'backend') continue;
    const value = readValue(key, setting, layers, chosen);
    if (value !== undefined) put(resolved, setting.to.split('.'), value);
  }
  // The table names a field for each: `settings.test.ts` holds it to the types.
  const { backend, config, execution } = resolved as unknown as Resolved;
  const apiKeyEnv = backend.apiKeyEnv ?? backendNamed(chosen.name).keyVariable ?? null;
  return { backend: { ...backend, ...chosen, apiKeyEnv }, config, execution };
}

/** @throws the layer's error for a name that is neither a backend nor an endpoint, or that stands there twice */
function chosenBackends(layers: readonly Layer[]): Chosen[] {
  const layer = layers.find(({ document }) => document.backend !== undefined);
  const given = [layer?.document.backend ?? settings.backend.fallback].flat();
  const names = given.flatMap((text) => text.split(',').map((name) => name.trim()));
  const endpoints = endpointsOf(layers);
  const rule = oneOf([...backendNames, ...Object.keys(endpoints)]);
  for (const [at, name] of names.entries()) {
    if (layer && !rule.holds(name)) fail(layer, ['backend'], rule.complain(name));
    if (layer && names.indexOf(name) < at) fail(layer, ['backend'], `names ${name} twice`);
  }
  return names.map((name) => {
    const endpoint = backendNames.includes(name) ? undefined : endpoints[name];
    return endpoint ? { name: endpoint.backend ?? 'openai', as: name } : { name };
  });
}

const endpointsOf = (layers: readonly Layer[]) =>
  merged(layers, ({ document }) => document.endpoints) as NonNullable<Document['endpoints']>;

function readValue(
  key: SettingKey,
  { as, fallback }: Setting,
  layers: readonly Layer[],
  { name, as: endpoint }: Chosen,
): unknown {
  if (as === 'merged') {
    const given = merged(layers, ({ document }) => document[key] as Record<string, unknown> | undefined);
    return { ...(fallback as object), ...given };
  }
  // Within one layer an endpoint's own section is closest, then its backend's, then the top level.
  const value = first<unknown>(layers, ({ document }) => {
    const own = endpoint === undefined ? undefined : document.endpoints?.[endpoint];
    return own?.[key as keyof typeof own] ?? sectionOf(document, name)?.[key] ?? document[key];
  });
  if (as === 'list') return value === undefined ? fallback : [value].flat();
  return value === undefined ? fallback : value;
}

function put(target: Record<string, unknown>, [field = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    target[field] = value;
    return;
  }
  target[field] ??= {};
  put(target[field] as Record<string, unknown>, rest, value);
}
