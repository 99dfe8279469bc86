/** What stands under `policies:` and `benchmarks:`: a name, a list of names, or a map of names to settings. */
import { fail, type Layer } from './layer.ts';
import { show } from './nearest.ts';

export interface Selection {
  names: string[];
  /** Settings per name; empty for lists. */
  sections: Record<string, Record<string, unknown>>;
}

export type SelectionKey = 'policies' | 'benchmarks';

/** The selection of one layer; undefined where it says nothing. */
export function selectionOf(layer: Layer, key: SelectionKey): Selection | undefined {
  const value = layer.document[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return selectionOf({ ...layer, document: { [key]: [value] } }, key);
  if (Array.isArray(value)) return { names: value.map((name) => checkName(layer, key, name)), sections: {} };
  if (typeof value !== 'object') fail(layer, [key], `must be a list of names or a map, not ${show(value)}`);
  const entries = Object.entries(value).map(([name, section]) => [name, checkSection(layer, [key, name], section)]);
  return { names: Object.keys(value), sections: Object.fromEntries(entries) };
}

function checkName(layer: Layer, key: SelectionKey, name: unknown): string {
  if (typeof name !== 'string' || name.trim() === '') fail(layer, [key], `must hold names, not ${show(name)}`);
  return name.trim();
}

function checkSection(layer: Layer, path: readonly string[], section: unknown): Record<string, unknown> {
  if (section === null) return {};
  if (typeof section !== 'object' || Array.isArray(section)) fail(layer, path, `must be a map, not ${show(section)}`);
  return section as Record<string, unknown>;
}

/** Settings of a name over all layers (highest first); a higher layer wins key by key. */
export function sectionOf(layers: readonly Layer[], key: SelectionKey, name: string): Record<string, unknown> {
  return Object.assign({}, ...layers.toReversed().map((layer) => selectionOf(layer, key)?.sections[name] ?? {}));
}

/** The highest layer that sets a field of a name: where messages point. */
export function settingLayer(
  layers: readonly Layer[],
  key: SelectionKey,
  name: string,
  field: string,
): Layer | undefined {
  return layers.find((layer) => Object.hasOwn(selectionOf(layer, key)?.sections[name] ?? {}, field));
}
