/** Parameters of policies: names and values are checked by the policies' own schemas. */
import { type AnyPolicy, canonical, isFile, TtcError } from '../core/index.ts';
import { fail, type Layer, merged, type Sources, unknownKey } from './layer.ts';
import { membersOf } from './names.ts';
import { builtVariant, issuesOf, keysOf, type Registries } from './registries.ts';
import { isMap } from './rules.ts';
import type { Settings } from './selection.ts';
import { show } from './show.ts';

/** Parameter names of a layer, whether or not their policy is selected. */
export function checkSections(layer: Layer, registries: Registries): void {
  for (const [name, section] of Object.entries(layer.policies?.sections ?? {})) {
    if (isFile(name)) continue;
    const members = membersOf(name);
    if (members.length === 1) checkNames(layer, ['policies', name], name, section, registries);
    else checkMembers(layer, name, section, registries);
  }
}

/** A composition's section holds a map for each of its members. */
function checkMembers(layer: Layer, name: string, section: Settings, registries: Registries): void {
  for (const [member, params] of Object.entries(section)) {
    const path = ['policies', name, member];
    if (!membersOf(name).includes(member)) fail(layer, path, unknownKey(member, membersOf(name)));
    if (!isMap(params)) fail(layer, path, `must be a map, not ${show(params)}`);
    checkNames(layer, path, member, params, registries);
  }
}

function checkNames(layer: Layer, path: string[], variant: string, params: Settings, registries: Registries): void {
  const known = keysOf(builtVariant(variant, registries)?.params);
  for (const name of Object.keys(params))
    if (!known.includes(name)) fail(layer, [...path, name], unknownKey(name, known));
}

/** The parameters in which a run's policy differs from its variant; for compositions per member. */
export function paramsOf(name: string, sources: Sources): Settings {
  const members = membersOf(name);
  if (members.length === 1) return differing(name, sources, (layer) => layer.policies?.sections[name]);
  const perMember = members.map((member) => {
    const given = (layer: Layer) => ({
      ...layer.policies?.sections[member],
      ...(layer.policies?.sections[name]?.[member] as Settings | undefined),
    });
    return [member, differing(member, sources, given)] as const;
  });
  return Object.fromEntries(perMember.filter(([, params]) => Object.keys(params).length > 0));
}

function differing(
  variant: string,
  { layers, registries }: Sources,
  read: (layer: Layer) => Settings | undefined,
): Settings {
  const given = merged(layers, read);
  const policy = builtVariant(variant, registries);
  if (!policy) return given;
  const base = policy.variants[variant] ?? {};
  const before = parse(policy, base, (field) => `${variant}.${field}`);
  const after = parse(policy, { ...base, ...given }, (field) => {
    const layer = layers.find((candidate) => Object.hasOwn(read(candidate) ?? {}, field));
    return layer?.at(['policies', variant, field]) ?? `${variant}.${field}`;
  });
  const changed = Object.keys(given).filter((field) => canonical(after[field]) !== canonical(before[field]));
  return Object.fromEntries(changed.map((field) => [field, after[field]]));
}

function parse({ params }: Pick<AnyPolicy, 'params'>, value: Settings, placeOf: (field: string) => string): Settings {
  const result = issuesOf(params, value);
  if (result.issues.length === 0) return result.value as Settings;
  const lines = result.issues.map(({ path, message }) => {
    const field = path[0] ?? 'params';
    return `${placeOf(field)}: ${message}`;
  });
  throw new TtcError('E_POLICY', lines.join('\n'));
}
