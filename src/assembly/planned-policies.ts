/** The policies of a run, checked before anything is played, and its cells, opened when they are first needed. */
import {
  type AnyPolicy,
  type Backend,
  type BackendKind,
  type ClientKit,
  moduleContent,
  type PolicyConfig,
  type PolicyReference,
  type Prepared,
  plainText,
  TtcError,
} from '../core/index.ts';
import { isComposition } from '../policies/compose.ts';
import type { PlannedPolicy } from '../runner/plan.ts';
import { type FoundVariant, findAnyVariant, openRealisation, paramsOf, resolvedParamsOf } from './open-variant.ts';

/** A policy of the run with what is needed to open its cells. */
export interface RunPolicy {
  planned: PlannedPolicy;
  policy: AnyPolicy;
  reference: PolicyReference;
}

/** What a plan asks of a backend. */
type PlanningBackend = Pick<Backend, 'name' | 'kind' | 'facts'>;

/** Which half of a policy a backend runs. */
const realisationOn = (kind: BackendKind) => (kind === 'engine' ? 'engine' : 'client');

/** The baseline, the baseline again (the noise floor), then what was asked for. */
export async function planPolicies(
  configs: readonly PolicyConfig[],
  backend: PlanningBackend,
  offline: boolean,
): Promise<RunPolicy[]> {
  const always = ['baseline', 'baseline_again'].map((name) => ({ name, params: {} }));
  const rowsAreEqual = await rowsAreEqualIn(backend);
  const planned = await Promise.all([...always, ...configs].map((config) => planPolicy(config, backend, offline)));
  const asked = planned.map(({ policy, planned: { policy_name } }) => ({ policy, name: policy_name }));
  refuseTwins(configs, asked.slice(always.length));
  if (realisationOn(backend.kind) === 'client') refuseIfNoneRuns(asked, backend.name);
  return rowsAreEqual ? planned : planned.map(withoutClaim);
}

/**
 * What can be known of policies without a model.
 * @throws E_POLICY, E_COMPOSE, E_NO_REALISATION as the run would
 */
export async function checkPolicies(
  configs: readonly PolicyConfig[],
  { name: backend, kind }: Pick<PlanningBackend, 'name' | 'kind'>,
): Promise<void> {
  const realisation = realisationOn(kind);
  const asked: { policy: AnyPolicy; name: string }[] = [];
  for (const { name, params, label } of configs) {
    const found = await findAnyVariant(name);
    // A composition throws here where two of its members decide the same.
    found.policy[realisation]?.fidelity(paramsOf(found, params, name));
    asked.push({ policy: found.policy, name: nameOf({ name, ...(label && { label }) }, found) });
  }
  refuseTwins(configs, asked);
  if (realisation === 'client') refuseIfNoneRuns(asked, backend);
}

/** What a policy is called in tables: a module by its own name. */
const nameOf = ({ name, label }: Pick<PolicyConfig, 'name' | 'label'>, { policy, reference }: FoundVariant): string =>
  label ?? ('module' in reference ? policy.name : name);

/** @throws E_POLICY where two modules call themselves alike: their trials would be mixed */
function refuseTwins(configs: readonly PolicyConfig[], asked: readonly { name: string }[]): void {
  const names = asked.map(({ name }) => name);
  const at = names.findIndex((name, place) => names.indexOf(name) < place);
  if (at < 0) return;
  const [first, second] = [names.indexOf(names[at] as string), at].map((place) =>
    plainText(configs[place]?.name ?? ''),
  );
  throw new TtcError('E_POLICY', `${first} and ${second} are both called ${plainText(names[at] as string)}`, {
    help: 'give one of them another name: rows of a table are told apart by it',
  });
}

/** Of the policies that were asked for none would run: a run of the baseline alone answers no question and may cost money. */
function refuseIfNoneRuns(all: readonly { policy: AnyPolicy; name: string }[], backend: string): void {
  const asked = all.filter(({ policy }) => policy.name !== 'baseline');
  if (asked.length === 0 || asked.some(({ policy }) => policy.client)) return;
  const names = asked.map(({ name }) => name).join(', ');
  throw new TtcError('E_NO_REALISATION', `over ${backend} nothing of what was asked for can run: ${names}`, {
    help: 'compositions run on --backend ggml; a module needs a half for chat APIs',
  });
}

/** What the engine found at its start: whether a row's bits are the same however many rows share its pass. */
async function rowsAreEqualIn(backend: PlanningBackend): Promise<boolean> {
  const { rowInvariance } = ((await backend.facts?.()) ?? {}) as { rowInvariance?: { label?: string } };
  return rowInvariance?.label !== 'numeric';
}

/** `exact` rests on equal rows, but for the baseline and its controls, which never share a pass. */
function withoutClaim(one: RunPolicy): RunPolicy {
  const { policy, reference, planned } = one;
  const isControl = 'name' in reference && !isComposition(reference.name) && policy.acts === undefined;
  if (isControl || planned.fidelity !== 'exact') return one;
  return { ...one, planned: { ...planned, fidelity: 'lossy' } };
}

async function planPolicy(config: PolicyConfig, backend: PlanningBackend, offline: boolean): Promise<RunPolicy> {
  const found = await findAnyVariant(config.name);
  const { policy, reference } = found;
  const realisation = realisationOn(backend.kind);
  const { params, keyed } = await resolvedParamsOf(found, config.params, config.name, { offline, realisation });
  const built = policy[realisation];
  return {
    policy,
    reference,
    planned: {
      policy_name: nameOf(config, found),
      version: 'module' in reference ? `${policy.version} sha256:${moduleContent(reference.module)}` : policy.version,
      params,
      keyed,
      realisation,
      fidelity: built?.fidelity(params) ?? 'lossy',
      blockSize: built?.blockSize?.(params) ?? 1,
    },
  };
}

/** Opens each cell once, for all its trials. Once it is open, further trials get it directly and not as a promise. */
export function openCells(
  backend: Backend,
  policies: readonly RunPolicy[],
  kit: ClientKit,
): (name: string, signal: AbortSignal) => Prepared | Promise<Prepared> {
  const opened = new Map<string, Prepared | Promise<Prepared>>();
  return (name, signal) => {
    const known = opened.get(name);
    if (known) return known;
    const open = openCell(backend, policies, name, kit, signal);
    opened.set(name, open);
    // A cell that could not be opened is tried again by the next trial.
    open.then(
      (cell) => opened.set(name, cell),
      () => opened.delete(name),
    );
    return open;
  };
}

async function openCell(
  backend: Backend,
  policies: readonly RunPolicy[],
  name: string,
  kit: ClientKit,
  signal: AbortSignal,
): Promise<Prepared> {
  const found = policies.find(({ planned }) => planned.policy_name === name);
  if (!found) throw new TtcError('E_POLICY', `the run has no policy ${name}`);
  return openRealisation(backend, found, found.planned.params, kit, signal);
}
