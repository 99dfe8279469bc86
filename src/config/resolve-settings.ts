/** The settings of one value each, from all layers into the fields that the table names. */
import { backendNamed } from '../backends/index.ts';
import type { BackendConfig, RunConfig } from '../core/index.ts';
import { sectionOf } from './document.ts';
import { first, type Layer, merged } from './layer.ts';
import type { Execution } from './resolved-config.ts';
import { type Setting, type SettingKey, settings } from './settings.ts';

interface Resolved {
  backend: BackendConfig;
  config: Omit<RunConfig, 'backend' | 'benchmarks' | 'policies' | 'sampling'>;
  execution: Execution;
}

/** @param layers highest first */
export function resolveSettings(layers: readonly Layer[]): Resolved {
  const name = first(layers, ({ document }) => document.backend) ?? settings.backend.fallback;
  const resolved = { backend: {}, config: {}, execution: {} };
  for (const [key, setting] of Object.entries(settings) as [SettingKey, Setting][]) {
    if (setting.to === undefined) continue;
    const value = readValue(key, setting, layers, name);
    if (value !== undefined) put(resolved, setting.to.split('.'), value);
  }
  // The table names a field for each: `settings.test.ts` holds it to the types.
  const { backend, config, execution } = resolved as unknown as Resolved;
  return {
    backend: { ...backend, apiKeyEnv: backend.apiKeyEnv ?? backendNamed(name).keyVariable ?? null },
    config,
    execution,
  };
}

function readValue(key: SettingKey, { as, fallback }: Setting, layers: readonly Layer[], backend: string): unknown {
  if (as === 'merged') {
    const given = merged(layers, ({ document }) => document[key] as Record<string, unknown> | undefined);
    return { ...(fallback as object), ...given };
  }
  // Within one layer a backend's section is closer than the top level.
  const value = first<unknown>(layers, ({ document }) => sectionOf(document, backend)?.[key] ?? document[key]);
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
