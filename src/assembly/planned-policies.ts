import { resolve } from 'node:path';
import {
  type AnyPolicy,
  type Backend,
  openBlaming,
  type PolicyConfig,
  type PolicyReference,
  type Prepared,
  type Tools,
  TtcError,
  validate,
} from '../core/index.ts';
import { loadModule } from '../modules/load-module.ts';
import { compose, isComposition } from '../policies/compose.ts';
import { findVariant } from '../policies/index.ts';
import type { PlannedPolicy } from '../runner/plan.ts';
import { contentOf, resolveModelParams } from './key-params.ts';

/** A policy of the run with what is needed to open its cells. */
export interface RunPolicy {
  planned: PlannedPolicy;
  policy: AnyPolicy;
  reference: PolicyReference;
}

/** What a plan asks of a backend. */
type PlanningBackend = Pick<Backend, 'name' | 'facts' | 'realise'>;

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
  if (!backend.realise) refuseIfNoneRuns(asked, backend.name);
  return rowsAreEqual ? planned : planned.map(withoutClaim);
}

/**
 * What can be known of policies without a model.
 * @throws E_POLICY, E_COMPOSE, E_NO_REALISATION as the run would
 */
export async function checkPolicies(configs: readonly PolicyConfig[], backend: string): Promise<void> {
  const realisation = backend === 'ggml' ? 'engine' : 'client';
  const found = await Promise.all(configs.map(({ name }) => find(name)));
  found.forEach(({ policy, variant }, i) => {
    const { name, params } = configs[i] as PolicyConfig;
    const valid = validate(policy.params, { ...variant, ...params }, name, 'E_POLICY');
    // A composition finds here that two of its members decide the same.
    policy[realisation]?.fidelity(valid);
  });
  if (realisation === 'client')
    refuseIfNoneRuns(
      found.map(({ policy }, i) => ({ policy, ...configs[i]! })),
      backend,
    );
}

/** A run in which only the baseline plays answers no question, and may cost money. */
function refuseIfNoneRuns(all: readonly { policy: AnyPolicy; name: string }[], backend: string): void {
  const asked = all.filter(({ policy }) => policy.name !== 'baseline');
  if (asked.length === 0 || asked.some(({ policy }) => policy.client)) return;
  const names = asked.map(({ name }) => name).join(', ');
  throw new TtcError('E_NO_REALISATION', `over ${backend} only the baseline runs so far, not ${names}`, {
    help: 'use --policy baseline here, or --backend ggml for policies inside the model',
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
  const { policy, variant, reference } = await find(config.name);
  const valid = validate(policy.params, { ...variant, ...config.params }, config.name, 'E_POLICY');
  const { params, keyed } = await resolveModelParams(valid as Record<string, unknown>, offline);
  const realisation = backend.realise ? 'engine' : 'client';
  const built = realisation === 'engine' ? policy.engine : policy.client;
  return {
    policy,
    reference,
    planned: {
      policy_name: config.label ?? ('module' in reference ? policy.name : config.name),
      version: 'module' in reference ? `${policy.version} sha256:${contentOf(reference.module)}` : policy.version,
      params,
      keyed,
      realisation,
      fidelity: built?.fidelity(params) ?? 'lossy',
      blockSize: built?.blockSize?.(params) ?? 1,
    },
  };
}

async function find(name: string): Promise<{ policy: AnyPolicy; variant: object; reference: PolicyReference }> {
  if (/[/\\]|\.m?[jt]s$/.test(name)) {
    const { default: exported } = await loadModule(name, '--policy');
    return { policy: checked(exported, name), variant: {}, reference: { module: resolve(name) } };
  }
  if (isComposition(name)) return { policy: compose(name), variant: {}, reference: { name } };
  const found = findVariant(name);
  if (!found) throw new TtcError('E_POLICY', `there is no policy ${JSON.stringify(name)}`);
  return { policy: found.policy, variant: found.params, reference: { name: found.policy.name } };
}

/** What is called before the first trial; the rest shows when it is played. */
function checked(exported: unknown, name: string): AnyPolicy {
  const policy = exported as Partial<AnyPolicy> | undefined;
  const help = 'examples/last-bigram.mjs is a whole one';
  if (!policy?.name || !policy.params)
    throw new TtcError('E_POLICY', `${name} has no policy as its default export`, { help });
  if (typeof policy.params['~standard']?.validate !== 'function')
    throw new TtcError('E_POLICY', `${name}: params is no schema`, { help });
  const realisations = [policy.engine, policy.client].filter((one) => one !== undefined);
  if (realisations.length === 0 || realisations.some((one) => typeof one?.open !== 'function'))
    throw new TtcError('E_POLICY', `${name}: it has neither engine.open nor client.open`, { help });
  if (findVariant(policy.name) || isComposition(policy.name)) {
    throw new TtcError('E_POLICY', `${name} calls itself ${policy.name}, which is a name of ours`, {
      help: 'give it another name: rows of a table are told apart by it',
    });
  }
  return policy as AnyPolicy;
}

/** Opens each cell once; its result serves all its trials, and those after the first without a promise. */
export function openCells(
  backend: Backend,
  policies: readonly RunPolicy[],
  tools: Tools,
): (name: string, signal: AbortSignal) => Prepared | Promise<Prepared> {
  const opened = new Map<string, Prepared | Promise<Prepared>>();
  return (name, signal) => {
    const known = opened.get(name);
    if (known) return known;
    const open = openCell(backend, policies, name, tools, signal);
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
  tools: Tools,
  signal: AbortSignal,
): Promise<Prepared> {
  const found = policies.find(({ planned }) => planned.policy_name === name);
  if (!found) throw new TtcError('E_POLICY', `the run has no policy ${name}`);
  const { policy, reference, planned } = found;
  if (backend.realise) return backend.realise(reference, planned.params, signal);
  const missing = policy.client?.needs?.filter((need) => !backend.capabilities.has(need)) ?? [];
  if (!policy.client) {
    throw new TtcError('E_NO_REALISATION', `${policy.name} has no client realisation`, { help: 'use --backend ggml' });
  }
  if (missing.length > 0) {
    throw new TtcError('E_CAPABILITY', `${backend.name} lacks ${missing.join(', ')}, which ${policy.name} needs`);
  }
  const { client } = policy;
  const openClient = () => client.open(backend.generate, planned.params, tools);
  return 'module' in reference ? openBlaming(openClient, reference.module) : openClient();
}
