/** From selected names to policies with the parameters in which they differ from their variant. */
import { type AnyPolicy, canonical, type PolicyConfig, TtcError } from '../core/index.ts';
import { fail, type Layer, unknownKey } from './layer.ts';
import { isFile, knownVariants } from './names.ts';
import { didYouMean, show } from './nearest.ts';
import { keysOf, type Registries } from './registries.ts';
import { sectionOf, selectionOf, settingLayer } from './selection.ts';

type Params = Record<string, unknown>;
type Built = Pick<AnyPolicy, 'name' | 'params' | 'variants'>;

/**
 * The policies of a run, each once and without the baseline. Flags decide; else what the configuration file and
 * `--set` name; else what `policies.yaml` names.
 */
export function resolvePolicies(layers: readonly Layer[], registries: Registries): PolicyConfig[] {
  for (const layer of layers) checkSections(layer, registries);
  const names = selected(layers).flatMap(({ layer, name }) =>
    name === 'all' ? allBuilt(registries) : checkName(layer, name, registries),
  );
  return [...new Set(names)]
    .filter((name) => !isBaseline(name, registries))
    .map((name) => ({ name, params: paramsOf(layers, name, registries) }));
}

function selected(layers: readonly Layer[]): { layer: Layer; name: string }[] {
  const [flags, ...rest] = layers as [Layer, ...Layer[]];
  const table = rest.filter((layer) => layer.isPolicyTable);
  const others = rest.filter((layer) => !layer.isPolicyTable).toReversed();
  for (const group of [[flags], others, table]) {
    const found = group.filter((layer) => selectionOf(layer, 'policies'));
    const names = found.flatMap((layer) =>
      (selectionOf(layer, 'policies')?.names ?? []).map((name) => ({ layer, name })),
    );
    if (found.length > 0) return names;
  }
  throw new TtcError('E_ARGUMENT', 'no policy is selected', {
    help: 'name one with --policy, or take all with --all; the baseline always runs beside them',
  });
}

const builtOf = (variant: string, { builtPolicies }: Registries): Built | undefined =>
  builtPolicies.find((policy) => Object.hasOwn(policy.variants, variant));

const isBaseline = (name: string, registries: Registries) =>
  builtOf(name, registries)?.name === 'baseline' || name === 'baseline';

function allBuilt(registries: Registries): string[] {
  const built = registries.builtPolicies.flatMap((policy) => Object.keys(policy.variants));
  const order = Object.keys(knownVariants);
  const place = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  return built.sort((a, b) => place(a) - place(b));
}

const known = ({ builtPolicies }: Registries) => [
  ...new Set([...Object.keys(knownVariants), ...builtPolicies.flatMap((policy) => Object.keys(policy.variants))]),
];

/** Variants of a composition; a module of the user's own stands alone. */
const membersOf = (name: string) => (isFile(name) ? [name] : name.split('+').map((member) => member.trim()));

function checkName(layer: Layer, name: string, registries: Registries): string {
  for (const member of membersOf(name)) {
    if (isFile(member)) continue;
    checkKnown(layer, ['policies'], member, registries);
    if (!builtOf(member, registries) && member !== 'baseline') notBuilt(member, registries);
  }
  return membersOf(name).join('+');
}

function notBuilt(variant: string, registries: Registries): never {
  const names = allBuilt(registries).join(', ');
  throw new TtcError('E_NOT_BUILT', `the policy ${variant} is known, but this version does not have it yet`, {
    help: `built so far: ${names || 'none'}`,
  });
}

function checkKnown(layer: Layer, path: readonly string[], variant: string, registries: Registries): void {
  const names = known(registries);
  if (names.includes(variant)) return;
  const hint = didYouMean(variant, names);
  fail(layer, path, `there is no policy ${JSON.stringify(variant)}${hint}`, {
    code: 'E_POLICY',
    help: `known policies: ${names.join(', ')}`,
  });
}

/** Names and parameter names of a layer's sections, whether or not they are selected. */
function checkSections(layer: Layer, registries: Registries): void {
  for (const [name, section] of Object.entries(selectionOf(layer, 'policies')?.sections ?? {})) {
    if (isFile(name)) continue;
    const members = membersOf(name);
    for (const member of members) checkKnown(layer, ['policies', name], member, registries);
    if (members.length === 1) checkParams(layer, ['policies', name], name, section, registries);
    else checkMembers(layer, name, members, section, registries);
  }
}

function checkMembers(layer: Layer, name: string, members: string[], section: Params, registries: Registries): void {
  for (const [member, params] of Object.entries(section)) {
    const path = ['policies', name, member];
    if (!members.includes(member)) fail(layer, path, unknownKey(member, path, members));
    if (typeof params !== 'object' || params === null) fail(layer, path, `must be a map, not ${show(params)}`);
    checkParams(layer, path, member, params as Params, registries);
  }
}

function checkParams(layer: Layer, path: string[], variant: string, params: Params, registries: Registries): void {
  const names = [
    ...new Set([...Object.keys(knownVariants[variant] ?? {}), ...keysOf(builtOf(variant, registries)?.params)]),
  ];
  const wrong = Object.keys(params).find((name) => !names.includes(name));
  if (wrong !== undefined) fail(layer, [...path, wrong], unknownKey(wrong, path, names));
}

function paramsOf(layers: readonly Layer[], name: string, registries: Registries): Params {
  const members = membersOf(name);
  if (members.length === 1) return differing(layers, name, name, sectionOf(layers, 'policies', name), registries);
  const own = sectionOf(layers, 'policies', name);
  const perMember = members.map((member) => {
    const given = { ...sectionOf(layers, 'policies', member), ...(own[member] as Params | undefined) };
    return [member, differing(layers, name, member, given, registries)] as const;
  });
  return Object.fromEntries(perMember.filter(([, params]) => Object.keys(params).length > 0));
}

/** Given parameters, checked by the policy's own schema, that change something against the variant. */
function differing(
  layers: readonly Layer[],
  name: string,
  variant: string,
  given: Params,
  registries: Registries,
): Params {
  const policy = builtOf(variant, registries);
  if (!policy || isFile(name)) return given;
  const base = policy.variants[variant] ?? {};
  const before = parse(policy, base, (field, message) => `${variant}.${field}: ${message}`);
  const after = parse(policy, { ...base, ...given }, (field, message) => {
    const layer = [variant, name].map((key) => settingLayer(layers, 'policies', key, field)).find(Boolean);
    return `${layer?.at(['policies', variant, field]) ?? `${variant}.${field}`}: ${message}, not ${show(given[field])}`;
  });
  const changed = Object.keys(given).filter((field) => canonical(after[field]) !== canonical(before[field]));
  return Object.fromEntries(changed.map((field) => [field, after[field]]));
}

function parse({ params: schema }: Built, value: Params, describe: (field: string, message: string) => string): Params {
  const result = schema['~standard'].validate(value);
  if (result instanceof Promise) throw new TtcError('E_POLICY', 'the schema of a policy validates asynchronously');
  if (!('issues' in result) || result.issues === undefined) return (result as { value: Params }).value;
  const lines = result.issues.map(({ path = [], message }) => {
    const [step] = path;
    return describe(String(typeof step === 'object' ? step.key : (step ?? 'params')), message);
  });
  throw new TtcError('E_POLICY', lines.join('\n'));
}
