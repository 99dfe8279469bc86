/** Models named `hf:OWNER/REPO/FILE.gguf`: downloaded once, checked against the hub's own SHA-256, remembered beside the file. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { didYouMean, isLaterPart, splitParts, TtcError } from '../core/index.ts';
import { hubFolder, ownName, partialBytes, removeAbandoned } from './cache.ts';
import { sha256Of } from './checksum.ts';
import { fetchFile } from './hub.ts';
import { askFile, type Hub, type HubFile, hubOf, listFiles } from './hub-api.ts';
import { type HubName, hasQuantisation, hubNameOf, parseHubName } from './hub-name.ts';
import { cannotWrite, causeOf, install } from './pull.ts';
import type { PullOptions } from './source.ts';

/** What is remembered of a file that came from the hub. */
interface Remembered {
  /** Path in the repository. */
  path: string;
  bytes: number;
  sha256: string;
}

export interface HubModel {
  /** `hf:OWNER/REPO/FILE.gguf`. */
  name: string;
  /** Of the first file. */
  path: string;
  bytes: number;
  /** Of the file; of several, the hash of their hashes. */
  sha256: string;
  downloadSeconds?: number;
  source?: string;
}

/** One hash for the files of a model. */
export function joinHashes(hashes: readonly string[]): string {
  return hashes.length === 1 ? (hashes[0] as string) : createHash('sha256').update(hashes.join('\n')).digest('hex');
}

const folderOf = ({ repository, revision }: HubName, env?: NodeJS.ProcessEnv): string =>
  join(hubFolder(env), ...`${repository}${revision === 'main' ? '' : `@${revision}`}`.split('/'));

/** Names of files in one folder: those of sub-folders keep theirs as a prefix. */
const fileOf = (path: string): string => path.replaceAll('/', '__');
const recordOf = (folder: string, path: string): string => join(folder, `${fileOf(path)}.json`);
const partsOf = (path: string): string[] => splitParts(path) ?? [path];

/**
 * The model, from the cache or from the hub.
 * @throws E_MODEL for a name or file that does not exist, E_DOWNLOAD where it does not arrive whole, E_ABORTED
 */
export async function resolveHubModel(
  name: string,
  options: PullOptions & { offline?: boolean } = {},
): Promise<HubModel> {
  const wanted = parseHubName(name);
  const folder = folderOf(wanted, options.env);
  const here = await findHere(wanted, folder, options);
  if (here) return here;
  if (options.offline)
    throw new TtcError('E_MODEL', `${name} is not in the cache and --offline forbids a download`, {
      help: `run ttcbench models pull ${name} while online, or use --model tiny8`,
    });
  return pullHubModel(name, options);
}

/** Downloads the model; files that are here and are what the hub promises stay. */
export async function pullHubModel(name: string, options: PullOptions = {}): Promise<HubModel> {
  const wanted = parseHubName(name);
  const env = options.env ?? process.env;
  const folder = folderOf(wanted, env);
  const hub = hubOf(env);
  const started = performance.now();
  try {
    const files: HubFile[] = [];
    for (const path of partsOf(await pathOf(hub, wanted, options))) files.push(await ask(hub, wanted, path, options));
    await mkdir(folder, { recursive: true }).catch((error) => {
      throw cannotWrite(env, error);
    });
    for (const file of files) if (!(await isWhole(folder, file, options))) await fetchTo(folder, file, hub, options);
    const [first] = files as [HubFile];
    return {
      ...modelOf(wanted, folder, files),
      downloadSeconds: (performance.now() - started) / 1000,
      source: first.url,
    };
  } catch (error) {
    if (options.signal?.aborted) throw new TtcError('E_ABORTED', `the download of ${name} was aborted`);
    if (error instanceof TtcError) throw error;
    throw new TtcError('E_DOWNLOAD', `${name} could not be downloaded: ${causeOf(error)}`, {
      help: 'run the command again: the download goes on where it stopped; HF_ENDPOINT names a mirror of the hub',
    });
  }
}

function modelOf(wanted: HubName, folder: string, files: readonly Remembered[]): HubModel {
  const first = files[0] as Remembered;
  return {
    name: hubNameOf(wanted, first.path),
    path: join(folder, fileOf(first.path)),
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    sha256: joinHashes(files.map((file) => file.sha256)),
  };
}

/** A signal for one short request. */
function soon({ signal, answerTimeout = 8_000 }: PullOptions): AbortSignal {
  const timeout = AbortSignal.timeout(answerTimeout);
  return signal ? AbortSignal.any([signal, timeout]) : timeout;
}

const ask = (hub: Hub, wanted: HubName, path: string, options: PullOptions): Promise<HubFile> =>
  askFile(hub, wanted, path, soon(options)).catch(async (error) => {
    if (!(error instanceof TtcError && error.code === 'E_MODEL')) throw error;
    const others = await listFiles(hub, wanted, soon(options)).catch(() => []);
    throw new TtcError('E_MODEL', `the hub has no ${wanted.repository}/${path}${didYouMean(path, others)}`, {
      help: others.length > 0 ? `it has ${others.slice(0, 20).join(', ')}` : 'look at its page at the hub',
    });
  });

/** The file that is named, or the one with the quantisation that is named. */
async function pathOf(hub: Hub, wanted: HubName, options: PullOptions): Promise<string> {
  if (wanted.file !== undefined) return wanted.file;
  const quantisation = wanted.quantisation as string;
  const paths = (await listFiles(hub, wanted, soon(options))).filter((path) => !isLaterPart(path));
  const found = paths.filter((path) => hasQuantisation(path, quantisation));
  if (found.length === 1) return found[0] as string;
  throw new TtcError(
    'E_MODEL',
    `${wanted.repository} has ${found.length === 0 ? 'no' : `${found.length} files of the`} quantisation ${quantisation}`,
    {
      help: `name the file, as in hf:${wanted.repository}/FILE.gguf: ${(found.length ? found : paths).slice(0, 20).join(', ')}`,
    },
  );
}

async function fetchTo(folder: string, file: HubFile, hub: Hub, options: PullOptions): Promise<void> {
  const name = fileOf(file.path);
  const wanted = { file: name, bytes: file.bytes, sha256: file.sha256, hub: file.path, member: '' };
  const place = { ...options, folder, request: hub.request };
  await fetchFile(file.url, wanted, place, (candidate) =>
    install(candidate, join(folder, name), wanted, options.signal),
  );
  await removeAbandoned(folder, name);
  await remember(folder, file);
}

/** Only what the hub promised: neither the token nor an address with a signature is ever written. */
async function remember(folder: string, { path, bytes, sha256 }: HubFile): Promise<void> {
  const aside = join(folder, ownName(`${fileOf(path)}.json`, 'part'));
  await writeFile(aside, JSON.stringify({ path, bytes, sha256 }));
  await rename(aside, recordOf(folder, path));
}

async function recall(folder: string, path: string): Promise<Remembered | undefined> {
  const record = await readFile(recordOf(folder, path), 'utf8')
    .then(JSON.parse)
    .catch(() => undefined);
  const isRecord = record?.path === path && Number.isInteger(record.bytes) && /^[0-9a-f]{64}$/.test(record.sha256);
  return isRecord ? record : undefined;
}

/** Whether a file is here and holds what was promised. */
async function isWhole(folder: string, promised: Remembered, options: PullOptions): Promise<boolean> {
  const path = join(folder, fileOf(promised.path));
  const size = await stat(path).then(
    (entry) => entry.size,
    () => -1,
  );
  if (size !== promised.bytes) return false;
  const whole = (await sha256Of(path, options)) === promised.sha256;
  if (whole && !(await recall(folder, promised.path))) await remember(folder, { ...promised, url: '' });
  return whole;
}

/** The model where all of its files are here and whole. */
async function findHere(wanted: HubName, folder: string, options: PullOptions): Promise<HubModel | undefined> {
  const paths = wanted.file !== undefined ? [wanted.file] : await remembered(folder);
  const fits = paths.filter(
    (path) => wanted.file !== undefined || hasQuantisation(path, wanted.quantisation as string),
  );
  const first = fits.find((path) => !isLaterPart(path));
  if (first === undefined) return undefined;
  const files: Remembered[] = [];
  for (const path of partsOf(first)) {
    const record = await recall(folder, path);
    if (!record || !(await isWhole(folder, record, options))) return undefined;
    files.push(record);
  }
  return modelOf(wanted, folder, files);
}

/** Paths of the files that a folder has records of. */
async function remembered(folder: string): Promise<string[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.gguf.json'));
  const paths = names.map(async (name) => {
    const text = await readFile(join(folder, name), 'utf8').catch(() => '{}');
    const path = /"path":"([^"\\]+)"/.exec(text)?.[1];
    return path !== undefined && (await recall(folder, path)) ? [path] : [];
  });
  return (await Promise.all(paths)).flat().sort();
}

/** Every model of the hub in the cache. */
export async function listHubModels({
  env,
}: {
  env?: NodeJS.ProcessEnv;
} = {}): Promise<(HubModel & { state: 'whole' | 'damaged' | 'missing'; partial: number })[]> {
  const root = hubFolder(env);
  const models = [];
  for (const owner of await foldersIn(root))
    for (const name of await foldersIn(join(root, owner))) {
      const [repository, revision = 'main'] = `${owner}/${name}`.split('@') as [string, string?];
      const folder = join(root, owner, name);
      for (const path of (await remembered(folder)).filter((found) => !isLaterPart(found))) {
        const files = await Promise.all(partsOf(path).map((part) => recall(folder, part)));
        const known = files.filter((file) => file !== undefined);
        const whole = await Promise.all(known.map((file) => isWhole(folder, file, env ? { env } : {})));
        const state = known.length === files.length && whole.every(Boolean) ? ('whole' as const) : ('damaged' as const);
        const partial = await partialBytes(folder, fileOf(path));
        models.push({ ...modelOf({ repository, revision }, folder, known), state, partial });
      }
    }
  return models;
}

const foldersIn = async (folder: string): Promise<string[]> => {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
};

/** Removes a model of the hub and what interrupted downloads left of it. */
export async function removeHubModel(
  name: string,
  { env }: { env?: NodeJS.ProcessEnv } = {},
): Promise<{ name: string; bytes: number }> {
  const wanted = parseHubName(name);
  const folder = folderOf(wanted, env);
  const fits = wanted.file !== undefined ? [wanted.file] : await remembered(folder);
  let bytes = 0;
  for (const first of fits.filter((path) => wanted.file !== undefined || hasQuantisation(path, wanted.quantisation!)))
    for (const path of partsOf(first)) {
      const file = join(folder, fileOf(path));
      bytes += await stat(file).then(
        (entry) => entry.size,
        () => 0,
      );
      await rm(recordOf(folder, path), { force: true });
      await rm(file, { force: true });
      await removeAbandoned(folder, basename(file));
    }
  return { name, bytes };
}
