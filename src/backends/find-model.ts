/** Which model to call: the one that was named, if every server has it, else a default. */
import type { Endpoint, ListedModel, Server } from '../client/index.ts';
import { didYouMean, TtcError } from '../core/index.ts';

export interface ModelProfile {
  /** The model to take of those listed where the user names none. */
  defaultModel?(ids: readonly string[]): string | undefined;
  /** More words on a model that is not listed. */
  aboutMissing?(model: string): string | undefined;
}

export interface Found {
  model: string;
  /** Undefined where the server lists none. */
  ids: readonly string[] | undefined;
  owners: readonly string[];
}

/** The model has to be at every server. */
export async function findModel(
  servers: readonly Server[],
  wanted: string | null,
  profile: ModelProfile,
  endpoints: readonly Endpoint[],
): Promise<Found> {
  const lists = await Promise.all(servers.map((server) => server.models()));
  const listed = lists[0];
  const model = wanted ?? defaultModel(listed, profile, endpoints[0]!);
  for (const [i, list] of lists.entries())
    if (list && !list.some(({ id }) => id === model)) throw missing(model, list, profile, endpoints[i]!);
  return { model, ids: listed?.map(({ id }) => id), owners: listed?.map(({ ownedBy }) => ownedBy) ?? [] };
}

function defaultModel(
  listed: ListedModel[] | undefined,
  { defaultModel: choose }: ModelProfile,
  { name }: Endpoint,
): string {
  const ids = listed?.map(({ id }) => id) ?? [];
  const model = choose?.(ids) ?? (ids.length === 1 ? ids[0] : undefined);
  if (model !== undefined) return model;
  if (listed === undefined)
    throw new TtcError('E_MODEL', `${name}/models is not there, so no model can be chosen`, {
      help: 'check the path of --base-url (many servers want /v1), or name a model with --model',
    });
  throw new TtcError('E_MODEL', `${name} has ${ids.length} models and none was named`, {
    help: `choose one with --model${ids.length > 0 ? `: ${shorten(ids)}` : ''}`,
  });
}

function shorten(ids: readonly string[], count = 12): string {
  return ids.length <= count ? ids.join(', ') : `${ids.slice(0, count).join(', ')} and ${ids.length - count} more`;
}

function missing(model: string, list: readonly ListedModel[], profile: ModelProfile, { name }: Endpoint): TtcError {
  const ids = list.map(({ id }) => id);
  if (ids.length === 0) return new TtcError('E_MODEL', `${name} has no models`, { help: 'load one into the server' });
  const about = profile.aboutMissing?.(model) ?? '';
  const nearest = about ? '' : didYouMean(model, ids);
  return new TtcError('E_MODEL', `${name} has no model ${JSON.stringify(model)}${about}${nearest}`, {
    help: `it has ${shorten(ids)}`,
  });
}
