/** Which policies run. Flags decide; else what the configuration file and `--set` name; else what `policies.yaml` names. */
import { didYouMean, type PolicyConfig, TtcError } from '../core/index.ts';
import { fail, type Layer } from './layer.ts';
import { isFile, knownVariants, membersOf } from './names.ts';
import { checkSections, paramsOf } from './policy-params.ts';
import { builtVariant, type Registries, type Sources } from './registries.ts';

/** The policies of a run, each once and without the baseline. */
export function resolvePolicies(sources: Sources): PolicyConfig[] {
  const { layers, registries } = sources;
  for (const layer of layers) {
    for (const name of layer.policies?.names ?? []) if (name !== 'all') checkKnown(layer, name, registries);
    checkSections(layer, registries);
  }
  const names = selected(layers).flatMap((name) =>
    name === 'all' ? allBuilt(registries) : runnable(name, registries),
  );
  return [...new Set(names)]
    .filter((name) => builtVariant(name, registries)?.name !== 'baseline')
    .map((name) => ({ name, params: paramsOf(name, sources) }));
}

function selected([flags, ...rest]: readonly Layer[]): string[] {
  const table = rest.filter((layer) => layer.isPolicyTable);
  const others = rest.filter((layer) => !layer.isPolicyTable).toReversed();
  for (const group of [[flags as Layer], others, table]) {
    const found = group.filter((layer) => layer.policies);
    if (found.length > 0) return found.flatMap((layer) => layer.policies?.names ?? []);
  }
  throw new TtcError('E_ARGUMENT', 'no policy is selected', {
    help: 'name one with --policy, or take all with --all; the baseline always runs beside them',
  });
}

function allBuilt({ builtPolicies }: Registries): string[] {
  // The baseline's second variant is the noise floor: the plan adds it to every run.
  const built = builtPolicies.flatMap(({ name, variants }) => (name === 'baseline' ? [name] : Object.keys(variants)));
  const order = Object.keys(knownVariants);
  const place = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  return built.sort((a, b) => place(a) - place(b));
}

function runnable(name: string, registries: Registries): string {
  const missing = membersOf(name).find((member) => !isFile(member) && !builtVariant(member, registries));
  if (missing === undefined) return membersOf(name).join('+');
  throw new TtcError('E_NOT_BUILT', `the policy ${missing} is known, but this version does not have it yet`, {
    help: `built so far: ${allBuilt(registries).join(', ') || 'none'}`,
  });
}

function checkKnown(layer: Layer, name: string, registries: Registries): void {
  const known = [...new Set([...Object.keys(knownVariants), ...allBuilt(registries)])];
  const isKnown = (member: string) => known.includes(member) || builtVariant(member, registries) !== undefined;
  const unknown = membersOf(name).find((member) => !isFile(member) && !isKnown(member));
  if (unknown === undefined) return;
  fail(layer, ['policies', name], `there is no policy ${JSON.stringify(unknown)}${didYouMean(unknown, known)}`, {
    code: 'E_POLICY',
    help: `known policies: ${known.join(', ')}`,
  });
}
