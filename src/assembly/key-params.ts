/** Parameters as a trial's key sees them: by content, not by path. */
import { defaultModel, findModelHere, findPulled, resolveModel } from '../models/index.ts';

type Params = Record<string, unknown>;

export interface ResolvedParams {
  /** For the realisation: paths of files that are there. */
  params: Params;
  /** For the key: the SHA-256 of each such file. */
  keyed: Params;
}

/** Parameters that name a model of this machine. */
const ofModels = new Set(['draft_model', 'scorer']);

/**
 * The default model as the scorer of a realisation that needs one and was given none. Where it is not pulled the cell says
 * so: a run over an API downloads no model that nobody named.
 */
export async function withScorer(params: Params): Promise<Params> {
  if (params.scorer !== null) return params;
  const found = await findPulled(defaultModel);
  return typeof found === 'string' ? params : { ...params, scorer: found.path };
}

/** `draft_model` and `scorer`, at the top or in a member of a composition, may be a name or a path; a missing model is pulled. */
export async function resolveModelParams(params: Params, offline: boolean): Promise<ResolvedParams> {
  const resolved: ResolvedParams = { params: {}, keyed: {} };
  for (const [name, value] of Object.entries(params)) {
    if (ofModels.has(name) && typeof value === 'string') {
      const model = await resolveModel(value, { offline });
      resolved.params[name] = model.path;
      resolved.keyed[name] = `sha256:${model.sha256}`;
    } else if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
      const inner = await resolveModelParams(value as Params, offline);
      resolved.params[name] = inner.params;
      resolved.keyed[name] = inner.keyed;
    } else {
      resolved.params[name] = value;
      resolved.keyed[name] = value;
    }
  }
  return resolved;
}

/**
 * Whether all models that parameters name lie on this machine, before any is pulled.
 * @throws E_MODEL, E_GGUF for one that could never be had
 */
export async function areModelsHere(policies: readonly { params: object }[]): Promise<boolean> {
  const named = policies.flatMap(({ params }) => modelsIn(params as Params));
  const found = await Promise.all(named.map(findModelHere));
  return found.every((model) => model !== undefined);
}

/** At the top or in a member of a composition. */
const modelsIn = (params: Params): string[] =>
  Object.entries(params).flatMap(([name, value]) => {
    if (ofModels.has(name) && typeof value === 'string') return [value];
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? modelsIn(value as Params) : [];
  });
