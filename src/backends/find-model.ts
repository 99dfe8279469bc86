/** Which model to call: the one that was named, else a default out of the servers' lists. A list is a help, not a gate. */
import type { Endpoint, ListedModel, ModelList, Server } from '../client/index.ts';
import { didYouMean, plainText, TtcError } from '../core/index.ts';

export interface ModelProfile {
  /** The model to take of those listed where the user names none. */
  defaultModel?(ids: readonly string[]): string | undefined;
  /** More words on a model that is not listed. */
  aboutMissing?(model: string): string | undefined;
}

/** A server whose list does not name the model: it has to be asked. */
export interface Unlisted {
  /** Index of the server. */
  server: number;
  /** Why its list says nothing of the model, as a sentence. */
  note: string;
  /** What to say where the server does not have the model either; undefined where there is no list. */
  missing?: TtcError;
}

export interface Found {
  model: string;
  /** Undefined where the server lists none. */
  ids: readonly string[] | undefined;
  owners: readonly string[];
  /** Positions of the model's context, as the first server's list says it. */
  context?: number;
  unlisted: readonly Unlisted[];
  /** What the first server's headers say of its version. */
  version?: string;
}

/** Whether a listed name means the model: Ollama leaves out `:latest`, Gemini puts `models/` before. */
function isSame(id: string, model: string): boolean {
  const bare = (name: string) => name.replace(/^models\//, '').replace(/:latest$/, '');
  return bare(id) === bare(model);
}

/**
 * Every server has to be there at the start, and to have the model.
 *
 * @throws what the list's request threw, where no server answers or no model was named
 */
export async function findModel(
  servers: readonly Server[],
  wanted: string | null,
  profile: ModelProfile,
  endpoints: readonly Endpoint[],
): Promise<Found> {
  const lists = await Promise.all(servers.map((server) => server.models()));
  const { models: listed, version } = lists[0]!;
  const model = wanted ?? defaultModel(lists[0]!, profile, endpoints[0]!);
  const context = listed?.find(({ id }) => isSame(id, model))?.contextWindow;
  const unlisted = lists.flatMap((list, server) => unlistedAt(list, server, model, profile, endpoints[server]!));
  return {
    model,
    ids: listed?.map(({ id }) => id),
    owners: listed?.map(({ ownedBy }) => ownedBy) ?? [],
    unlisted,
    ...(context !== undefined && { context }),
    ...(version !== undefined && { version }),
  };
}

function unlistedAt(
  { models, problem }: ModelList,
  server: number,
  model: string,
  profile: ModelProfile,
  endpoint: Endpoint,
): Unlisted[] {
  if (problem) return [{ server, note: `the list of models could not be read (${problem.message})` }];
  if (!models || models.some(({ id }) => isSame(id, model))) return [];
  const note = `${endpoint.name} does not list ${JSON.stringify(model)}, but answers for it`;
  return [{ server, note, missing: missing(model, models, profile, endpoint) }];
}

function defaultModel(
  { models: listed, problem }: ModelList,
  { defaultModel: choose }: ModelProfile,
  { name }: Endpoint,
): string {
  if (problem) throw problem;
  // A name with a star stands for any: it cannot be called.
  const ids = listed?.map(({ id }) => id).filter((id) => !id.includes('*')) ?? [];
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
  const more = ids.length > count ? ` and ${ids.length - count} more` : '';
  return `${plainText(ids.slice(0, count).join(', '), 500)}${more}`;
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
