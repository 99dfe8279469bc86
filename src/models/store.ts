/** The user's view of the cache: what is there, fetch it, remove it. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TtcError } from '../core/index.ts';
import { modelFolder, partialBytes, removeAbandoned, sizeOf } from './cache.ts';
import { type CatalogueEntry, catalogue, defaultModel, filesOf } from './catalogue.ts';
import { hashFile } from './checksum.ts';
import { isHubName } from './hub-name.ts';
import { listHubModels, pullHubModel, removeHubModel } from './hub-store.ts';
import { pullEntry } from './pull.ts';
import { findEntry, type ResolvedModel, resolveEntry, stateOf } from './resolve.ts';
import type { PullOptions } from './source.ts';

export interface ListedModel {
  name: string;
  about: string;
  licence: string;
  bytes: number;
  sha256: string;
  path: string;
  embedded: boolean;
  isDefault: boolean;
  state: 'whole' | 'damaged' | 'missing';
  /** Bytes that an interrupted download left. */
  partial: number;
}

/** Every model of the catalogue and its state on this machine, and those of the hub that are here. */
export async function listModels({ env }: { env?: NodeJS.ProcessEnv } = {}): Promise<ListedModel[]> {
  const folder = modelFolder(env);
  const known = await Promise.all(
    catalogue.map(async (entry) => ({
      name: entry.name,
      about: entry.about,
      licence: entry.licence,
      bytes: entry.bytes,
      sha256: entry.sha256,
      path: entry.embedded ?? join(folder, entry.file),
      embedded: entry.embedded !== undefined,
      isDefault: entry.name === defaultModel,
      state: await stateOf(entry, env ? { env } : {}),
      partial: entry.embedded ? 0 : await partialBytes(folder, entry.file),
    })),
  );
  const fromHub = await listHubModels(env ? { env } : {});
  const more = { about: 'from the hub', licence: 'see its page', embedded: false, isDefault: false };
  return [...known, ...fromHub.map((model) => ({ ...model, ...more }))];
}

/** Downloads a model by name unless it is there; what is there is hashed anew and replaced where it is damaged. */
export async function pullModel(name: string = defaultModel, options: PullOptions = {}): Promise<ResolvedModel> {
  if (isHubName(name)) return { ...(await pullHubModel(name, options)), embedded: false };
  const entry = findEntry(name);
  if (entry.embedded) return resolveEntry(entry, options);
  const folder = modelFolder(options.env);
  const found = {
    name: entry.name,
    path: join(folder, entry.file),
    sha256: entry.sha256,
    bytes: entry.bytes,
    embedded: false,
  };
  if (await isWhole(entry, folder, options.signal)) return found;
  const { seconds, source } = await pullEntry(entry, options);
  return { ...found, downloadSeconds: seconds, source };
}

/** Hashes what is on the disk now, whatever is remembered of it. */
async function isWhole(entry: CatalogueEntry, folder: string, signal?: AbortSignal): Promise<boolean> {
  for (const { file, sha256 } of filesOf(entry).reverse()) {
    const found = await hashFile(join(folder, file), signal).catch(() => undefined);
    if (found !== sha256) return false;
  }
  return true;
}

/** Removes a model and what interrupted downloads left of it; `bytes` is what the model itself took. */
export async function removeModel(
  name: string,
  { env }: { env?: NodeJS.ProcessEnv } = {},
): Promise<{ name: string; bytes: number }> {
  if (isHubName(name)) return removeHubModel(name, env ? { env } : {});
  const entry = findEntry(name);
  if (entry.embedded) throw new TtcError('E_MODEL', `${entry.name} comes with ttcbench and cannot be removed`);
  const folder = modelFolder(env);
  const bytes = await sizeOf(join(folder, entry.file));
  for (const { file } of filesOf(entry).reverse()) {
    await rm(join(folder, file), { force: true });
    await removeAbandoned(folder, file);
  }
  return { name: entry.name, bytes };
}
