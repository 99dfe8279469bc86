/** Parameters as a trial's key sees them: by content, not by path. */
import { resolveModel } from '../models/index.ts';

type Params = Record<string, unknown>;

export interface ResolvedParams {
  /** For the realisation: paths of files that are there. */
  params: Params;
  /** For the key: the SHA-256 of each such file. */
  keyed: Params;
}

/** `draft_model`, at the top or in a member of a composition, may be a name or a path; a missing model is pulled. */
export async function resolveModelParams(params: Params, offline: boolean): Promise<ResolvedParams> {
  const resolved: ResolvedParams = { params: {}, keyed: {} };
  for (const [name, value] of Object.entries(params)) {
    if (name === 'draft_model' && typeof value === 'string') {
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
