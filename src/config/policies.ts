/** Which policies run. Flags decide; else what the configuration file and `--set` name; else what `policies.yaml` names. */
import { didYouMean, isFile, type PolicyConfig, TtcError } from '../core/index.ts';
import { fail, type Layer, type Sources } from './layer.ts';
import { membersOf } from './names.ts';
import { checkSections, paramsOf } from './policy-params.ts';
import { builtVariant, type Registries, variantsOf } from './registries.ts';

/** The policies of a run, each once and without the baseline. */
export function resolvePolicies(sources: Sources): PolicyConfig[] {
  const { layers, registries } = sources;
  for (const layer of layers) {
    for (const name of layer.policies?.names ?? []) if (name !== 'all') checkKnown(layer, name, registries);
    checkSections(layer, registries);
  }
  const names = selected(layers).flatMap((name) =>
    name === 'all' ? variantsOf(registries) : membersOf(name).join('+'),
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

function checkKnown(layer: Layer, name: string, registries: Registries): void {
  const known = variantsOf(registries);
  const unknown = membersOf(name).find((member) => !isFile(member) && !builtVariant(member, registries));
  if (unknown === undefined) return;
  fail(layer, ['policies', name], `there is no policy ${JSON.stringify(unknown)}${didYouMean(unknown, known)}`, {
    code: 'E_POLICY',
    help: `policies: ${known.join(', ')}`,
  });
}
