/** One variant of a policy on one backend, ready to be called: what a run's cells are, and what a server offers. */
import { resolve } from 'node:path';
import {
  type AnyPolicy,
  type Backend,
  type Capability,
  type ClientKit,
  type Generate,
  isFile,
  openBlaming,
  type PolicyReference,
  type Prepared,
  readWarily,
  TtcError,
  validate,
} from '../core/index.ts';
import { defaultEncoder, defaultModel } from '../models/index.ts';
import { loadPolicy } from '../modules/own-policy.ts';
import { isComposition } from '../policies/compose.ts';
import { findPolicy } from '../policies/find-policy.ts';
import { findVariant } from '../policies/index.ts';
import { openClient } from '../policies/open-client.ts';
import { type ResolvedParams, resolveModelParams, withScorer } from './key-params.ts';
import type { OpenBackend } from './open-backend.ts';

/** A policy with how it travels to the process that realises it. */
export interface FoundVariant {
  policy: AnyPolicy;
  reference: PolicyReference;
  /** The parameters in which the variant differs from the policy's defaults. */
  base: Record<string, unknown>;
}

/**
 * The policy behind a variant's name, a composition `a+b`, or the path of a module.
 * @throws E_POLICY, E_COMPOSE, E_NO_REALISATION; E_ARGUMENT for a module that cannot be loaded
 */
export async function findAnyVariant(name: string): Promise<FoundVariant> {
  if (!isFile(name)) return { ...findPolicy(name), reference: { name } };
  const policy = await loadPolicy(name);
  if (findVariant(policy.name) || isComposition(policy.name)) {
    throw new TtcError('E_POLICY', `${name} calls itself ${policy.name}, which is a name of ours`, {
      help: 'give it another name: rows of a table are told apart by it',
    });
  }
  return { policy, base: {}, reference: { module: resolve(name) } };
}

/** All parameters of a variant, checked: those that are given, the variant's own, the policy's defaults. @throws E_POLICY */
export const paramsOf = ({ policy, base }: FoundVariant, given: object, name: string): Record<string, unknown> =>
  validate(policy.params, { ...base, ...given }, name, 'E_POLICY') as Record<string, unknown>;

/** The same with the paths of the models that they name; a missing one is pulled unless `offline`. */
export async function resolvedParamsOf(
  found: FoundVariant,
  given: object,
  name: string,
  { offline, realisation }: { offline: boolean; realisation: 'engine' | 'client' },
): Promise<ResolvedParams> {
  const params = paramsOf(found, given, name);
  const scores = realisation === 'client' && found.policy.client?.needs(params).includes('token-scores');
  return resolveModelParams(scores ? await withScorer(params) : params, offline);
}

/**
 * Opens one variant on one backend, without a run.
 * @param name of a variant, `a+b`, or the path of a module
 * @param params in which it differs from that variant; in a composition under the names of its members
 * @param kit what a client realisation may ask for: `clientKitOf(opened)`
 * @param signal ends an opening that hangs
 * @throws E_POLICY (name, parameters), E_COMPOSE, E_NO_REALISATION, E_CAPABILITY
 */
export async function openVariant(
  backend: Backend,
  name: string,
  params: Record<string, unknown>,
  kit: ClientKit,
  signal: AbortSignal,
  { offline = false }: { offline?: boolean } = {},
): Promise<Prepared & Partial<AsyncDisposable>> {
  const found = await findAnyVariant(name);
  const realisation = backend.realise ? 'engine' : 'client';
  const resolved = await resolvedParamsOf(found, params, name, { offline, realisation });
  return openRealisation(backend, found, resolved.params, kit, signal);
}

/** @param params all of them, checked, with models' names resolved to paths */
export async function openRealisation(
  backend: Backend,
  { policy, reference }: Pick<FoundVariant, 'policy' | 'reference'>,
  params: unknown,
  kit: ClientKit,
  signal: AbortSignal,
): Promise<Prepared & Partial<AsyncDisposable>> {
  if (backend.realise) {
    const realised = await backend.realise(reference, params, signal);
    return 'module' in reference ? Object.assign(readWarily(realised, reference.module), handles(realised)) : realised;
  }
  const missing =
    policy.client?.needs(params).filter((need) => !backend.capabilities.has(need) && !isLocal(need, kit)) ?? [];
  if (missing.length > 0) {
    const remedies = missing.flatMap((need) => remedyOf(need, backend) ?? []);
    const how = remedies.length > 0 ? `: ${remedies.join('; ')}` : '';
    throw new TtcError('E_CAPABILITY', `${backend.name} lacks ${missing.join(', ')}, which ${policy.name} needs${how}`);
  }
  if (!('module' in reference)) return openClient(policy, backend.generate, params, kit);
  return openBlaming(
    (watch) => openClient(policy, watch.source(backend.generate), params, watch.clientKit(kit)),
    reference.module,
  );
}

/** What the user can give where the server lacks it. It is part of the message, for that is what a trial keeps. */
function remedyOf(need: Capability, { kind }: Pick<Backend, 'kind'>): string | undefined {
  if (need === 'fast-model')
    return kind === 'replay'
      ? 'record a run with --fast-model NAME'
      : '--fast-model NAME names a faster model of the same server';
  if (need === 'token-scores') return `ttcbench models pull ${defaultModel}, or name a model with the parameter scorer`;
  if (need === 'sentence-vectors') return `ttcbench models pull ${defaultEncoder}`;
  return undefined;
}

/** What small models of this machine can do, whatever the server. */
const isLocal = (need: Capability, { tokenScores, sentenceVectors }: ClientKit): boolean =>
  (need === 'token-scores' && tokenScores !== undefined) ||
  (need === 'sentence-vectors' && sentenceVectors !== undefined);

/** What a realisation can do besides answering calls. */
function handles(realised: Prepared & Partial<AsyncDisposable>) {
  const { ready } = realised;
  const dispose = realised[Symbol.asyncDispose];
  return {
    ...(ready && { ready: ready.bind(realised) }),
    ...(dispose && { [Symbol.asyncDispose]: dispose.bind(realised) }),
  };
}

/**
 * What client realisations may ask for on this backend.
 * @param wrap limits and retries, as around the backend's own `generate`
 * @param local small models of this machine
 */
export function clientKitOf(
  { another, fastModel }: Pick<OpenBackend, 'another' | 'fastModel'>,
  wrap: (generate: Generate) => Generate = (generate) => generate,
  { tokenScores, sentenceVectors }: Pick<ClientKit, 'tokenScores' | 'sentenceVectors'> = {},
): ClientKit {
  return {
    ...(tokenScores && { tokenScores }),
    ...(sentenceVectors && { sentenceVectors }),
    // Four characters a token: a client has no tokenizer of the model.
    count: (text) => Math.ceil(text.length / 4),
    ...(another && { another: (model: string) => wrap(another(model)) }),
    ...(another && fastModel !== undefined && { fast: wrap(another(fastModel)) }),
  };
}
