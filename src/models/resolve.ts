/** From what `--model` says to a file whose content is known. */
import { open, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { codeOf, didYouMean, didYouMeanFile, fileWords, splitParts, TtcError } from '../core/index.ts';
import { modelFolder } from './cache.ts';
import { type CatalogueEntry, catalogue, defaultModel, filesOf, refusedModels } from './catalogue.ts';
import { sha256Of } from './checksum.ts';
import { isHubName } from './hub-name.ts';
import { joinHashes, resolveHubModel } from './hub-store.ts';
import { pullEntry } from './pull.ts';
import type { PullOptions } from './source.ts';

export interface ResolvedModel {
  name: string;
  path: string;
  sha256: string;
  bytes: number;
  /** Comes with ttcbench. */
  embedded: boolean;
  /** Only where it was downloaded just now. */
  downloadSeconds?: number;
  source?: string;
}

export interface ResolveOptions extends PullOptions {
  /** Never touch the network. */
  offline?: boolean;
}

/**
 * A model by its name in the catalogue, by its name at the hub (`hf:OWNER/REPO/FILE.gguf`), or by the path of a GGUF file;
 * `null` is the default model.
 * A missing model is downloaded, a damaged one too, unless `offline`. Fails with E_MODEL, E_GGUF, E_DOWNLOAD, E_ABORTED.
 */
export async function resolveModel(nameOrPath: string | null, options: ResolveOptions = {}): Promise<ResolvedModel> {
  const name = nameOrPath ?? defaultModel;
  if (isHubName(name)) return fromHub(name, options);
  const entry = catalogue.find((known) => known.name === name.toLowerCase());
  if (entry?.kind === 'encoder')
    throw new TtcError('E_MODEL', `${entry.name} is a sentence encoder, it writes no text`, { help: knownNames() });
  if (entry) return resolveEntry(entry, options);
  if (/[\\/]|\.gguf$/i.test(name) || (await isFile(name))) return resolveFile(name, options);
  throw unknownModel(name);
}

/**
 * A model that lies on this machine already; undefined where it is to be pulled.
 * @throws E_MODEL, E_GGUF for what could never be had
 */
export async function findModelHere(name: string | null): Promise<ResolvedModel | undefined> {
  try {
    return await resolveModel(name, { offline: true });
  } catch (error) {
    const isToBePulled =
      name === null || isHubName(name) || catalogue.some((entry) => entry.name === name.toLowerCase());
    if (!isToBePulled || !['E_MODEL', 'E_DOWNLOAD'].includes(codeOf(error))) throw error;
    return undefined;
  }
}

/** A model of the catalogue that is in the cache and whole, else its state. Touches no network. */
export async function findPulled(
  name: string,
  options: { env?: NodeJS.ProcessEnv; signal?: AbortSignal } = {},
): Promise<ResolvedModel | 'damaged' | 'missing'> {
  const entry = findEntry(name);
  const state = await stateOf(entry, options);
  return state === 'whole' ? resolveEntry(entry, { ...options, offline: true }) : state;
}

/** A sentence encoder of the catalogue; downloaded where it is missing or damaged, unless `offline`. */
export async function resolveEncoder(name: string, options: ResolveOptions = {}): Promise<ResolvedModel> {
  const entry = findEntry(name);
  if (entry.kind === 'encoder') return resolveEntry(entry, options);
  throw new TtcError('E_MODEL', `${entry.name} is no sentence encoder`, { help: 'use minilm' });
}

export function findEntry(name: string): CatalogueEntry {
  const entry = catalogue.find((known) => known.name === name.toLowerCase());
  if (!entry) throw unknownModel(name);
  return entry;
}

export async function resolveEntry(entry: CatalogueEntry, options: ResolveOptions = {}): Promise<ResolvedModel> {
  const path = entry.embedded ?? join(modelFolder(options.env), entry.file);
  const { name, sha256, bytes } = entry;
  const found = { name, path, sha256, bytes, embedded: entry.embedded !== undefined };
  const state = await stateOf(entry, options);
  if (state === 'whole') return found;
  if (entry.embedded || options.offline) throw unusable(entry, path, state);
  const { seconds, source } = await pullEntry(entry, options);
  return { ...found, downloadSeconds: seconds, source };
}

/** Whether the files of an entry are there and are what the catalogue promises. */
export async function stateOf(
  entry: CatalogueEntry,
  options: { env?: NodeJS.ProcessEnv; signal?: AbortSignal } = {},
): Promise<'whole' | 'damaged' | 'missing'> {
  const folder = modelFolder(options.env);
  const own = entry.embedded ?? join(folder, entry.file);
  if (!(await isFile(own))) return 'missing';
  for (const { file, bytes, sha256 } of filesOf(entry)) {
    const path = file === entry.file ? own : join(folder, file);
    const found = await stat(path).catch(() => undefined);
    if (found?.size !== bytes || (await sha256Of(path, options)) !== sha256) return 'damaged';
  }
  return 'whole';
}

async function resolveFile(given: string, options: ResolveOptions): Promise<ResolvedModel> {
  const path = given.startsWith('~/') ? join(homedir(), given.slice(2)) : given;
  let bytes = 0;
  const hashes: string[] = [];
  for (const part of splitParts(path) ?? [path]) {
    bytes += await checkGguf(part);
    hashes.push(await sha256Of(part, options));
  }
  return { name: basename(path).replace(/\.gguf$/i, ''), path, sha256: joinHashes(hashes), bytes, embedded: false };
}

async function fromHub(name: string, options: ResolveOptions): Promise<ResolvedModel> {
  const model = await resolveHubModel(name, options);
  await checkGguf(model.path);
  return { ...model, embedded: false };
}

/** Size of a GGUF file; says what is wrong before gigabytes are hashed. */
async function checkGguf(path: string): Promise<number> {
  const found = await stat(path).catch((error: Error) => {
    throw new TtcError('E_MODEL', `the model file ${path} cannot be read: ${fileWords(path, error)}`, {
      help: knownNames(),
    });
  });
  if (!found.isFile()) throw new TtcError('E_MODEL', `${path} is not a file`, { help: 'name the .gguf file itself' });
  await using file = await open(path).catch((error: Error) => {
    throw new TtcError('E_MODEL', `the model file ${path} cannot be read: ${fileWords(path, error)}`, { cause: error });
  });
  const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
  if (bytesRead < 4) {
    const what = bytesRead === 0 ? 'is empty' : `has only ${bytesRead} bytes: it is cut short`;
    throw new TtcError('E_GGUF', `${path} ${what}`, { help: 'fetch it again' });
  }
  if (buffer.toString('latin1') !== 'GGUF') {
    throw new TtcError('E_GGUF', `${path} is not a GGUF file`, { help: 'convert the model to GGUF first' });
  }
  return found.size;
}

const isFile = (path: string) =>
  stat(path).then(
    (entry) => entry.isFile(),
    () => false,
  );

function knownNames(): string {
  const names = catalogue.map(({ name, kind }) => (kind === 'encoder' ? `${name} (a sentence encoder)` : name));
  return `known models: ${names.join(', ')}; or the path of a .gguf file, or hf:OWNER/REPO/FILE.gguf`;
}

function unknownModel(name: string): TtcError {
  const refused = refusedModels.get(name.toLowerCase().replace(/^sentence-transformers\//, ''));
  if (refused) return new TtcError('E_MODEL', refused, { help: 'use minilm; scores of two encoders do not compare' });
  const names = catalogue.map((entry) => entry.name);
  const hint = didYouMean(name, names) || didYouMeanFile(name, (entry) => /\.gguf$/i.test(entry));
  return new TtcError('E_MODEL', `there is no model ${JSON.stringify(name)}${hint}`, { help: knownNames() });
}

function unusable({ name, embedded, kind }: CatalogueEntry, path: string, state: 'damaged' | 'missing'): TtcError {
  if (embedded) {
    return new TtcError('E_MODEL', `${path} is ${state}`, { help: 'install ttcbench again' });
  }
  const what = state === 'missing' ? 'is not in the cache' : 'is damaged in the cache';
  const instead = kind === 'encoder' ? '' : ', or use --model tiny8';
  return new TtcError('E_MODEL', `${name} ${what} and --offline forbids a download`, {
    help: `run ttcbench models pull ${name} while online${instead}`,
  });
}
