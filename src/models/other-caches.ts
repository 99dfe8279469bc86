/** GGUF files that other programs downloaded: llama.cpp, Ollama, LM Studio, Hugging Face. They are used where they lie. */
import { open, readdir, readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { isLaterPart } from '../core/index.ts';

export interface FoundModel {
  program: 'llama.cpp' | 'Ollama' | 'LM Studio' | 'Hugging Face';
  /** As the program calls it. */
  name: string;
  /** What `--model` takes. */
  path: string;
  bytes: number;
}

/** Folders deeper than this, and entries beyond that, are not looked at: a link may lead anywhere. */
const deepest = 6;
const mostEntries = 20_000;

/** Every model of another program on this machine, by program and name. */
export async function findModels({ env = process.env }: { env?: NodeJS.ProcessEnv } = {}): Promise<FoundModel[]> {
  const home = env.HOME || env.USERPROFILE || homedir();
  const found = await Promise.all([
    ...llamaCppFolders(env, home).map((folder) => filesIn(folder, 'llama.cpp', 1)),
    ...ollamaFolders(env, home).map(ollamaModels),
    ...[join(home, '.lmstudio', 'models'), join(home, '.cache', 'lm-studio', 'models')].map((folder) =>
      filesIn(folder, 'LM Studio', deepest),
    ),
    ...hubCaches(env, home).map(hubCacheModels),
  ]);
  const byPath = new Map(found.flat().map((model) => [model.path, model]));
  const order = (a: FoundModel, b: FoundModel) =>
    a.program.localeCompare(b.program) || a.name.localeCompare(b.name) || a.path.localeCompare(b.path);
  return [...byPath.values()].sort(order);
}

function llamaCppFolders(env: NodeJS.ProcessEnv, home: string): string[] {
  if (env.LLAMA_CACHE) return [env.LLAMA_CACHE];
  const folders = [join(env.XDG_CACHE_HOME || join(home, '.cache'), 'llama.cpp')];
  folders.push(join(home, 'Library', 'Caches', 'llama.cpp'));
  if (env.LOCALAPPDATA) folders.push(join(env.LOCALAPPDATA, 'llama.cpp'));
  return folders;
}

function ollamaFolders(env: NodeJS.ProcessEnv, home: string): string[] {
  if (env.OLLAMA_MODELS) return [env.OLLAMA_MODELS];
  // the second is that of the Linux service
  return [join(home, '.ollama', 'models'), '/usr/share/ollama/.ollama/models'];
}

function hubCaches(env: NodeJS.ProcessEnv, home: string): string[] {
  if (env.HF_HUB_CACHE) return [env.HF_HUB_CACHE];
  return [join(env.HF_HOME || join(env.XDG_CACHE_HOME || join(home, '.cache'), 'huggingface'), 'hub')];
}

interface Entry {
  /** From the folder on, with `/`. */
  name: string;
  path: string;
}

/** Files below a folder, links included; a folder that cannot be read holds none. */
async function walk(folder: string, depth: number): Promise<Entry[]> {
  const files: Entry[] = [];
  const visit = async (path: string, name: string, left: number): Promise<void> => {
    const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      if (files.length >= mostEntries) return;
      const below = { name: name === '' ? entry.name : `${name}/${entry.name}`, path: join(path, entry.name) };
      if (!entry.isDirectory()) files.push(below);
      else if (left > 1) await visit(below.path, below.name, left - 1);
    }
  };
  await visit(folder, '', depth);
  return files;
}

async function filesIn(folder: string, program: FoundModel['program'], depth: number): Promise<FoundModel[]> {
  const models = (await walk(folder, depth)).map(({ name, path }) =>
    modelAt(program, name.replace(/\.gguf$/i, ''), path),
  );
  return (await Promise.all(models)).flat();
}

/** The model, if the file is one: no projector of images, no later part, no half download. */
async function modelAt(
  program: FoundModel['program'],
  name: string,
  path: string,
  named = true,
): Promise<FoundModel[]> {
  const file = basename(path);
  if (named && (!/\.gguf$/i.test(file) || /mmproj/i.test(file) || isLaterPart(file))) return [];
  const bytes = await stat(path).then(
    (entry) => (entry.isFile() ? entry.size : 0),
    () => 0,
  );
  return bytes > 0 && (await isGguf(path)) ? [{ program, name, path, bytes }] : [];
}

async function isGguf(path: string): Promise<boolean> {
  try {
    await using file = await open(path);
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.toString('latin1') === 'GGUF';
  } catch {
    return false;
  }
}

/** Ollama keeps blobs by hash, and manifests that say which of them is the model of a name and tag. */
async function ollamaModels(folder: string): Promise<FoundModel[]> {
  const manifests = await walk(join(folder, 'manifests'), deepest);
  const models = manifests.map(async ({ name, path }) => {
    const digest = await readFile(path, 'utf8').then(modelDigest, () => undefined);
    if (digest === undefined) return [];
    const [, owner, ...rest] = name.split('/');
    const tag = rest.pop();
    const title = [...(owner === 'library' ? [] : [owner]), ...rest].join('/');
    return modelAt('Ollama', `${title}:${tag}`, join(folder, 'blobs', `sha256-${digest}`), false);
  });
  return (await Promise.all(models)).flat();
}

function modelDigest(text: string): string | undefined {
  try {
    const layers: unknown = JSON.parse(text).layers;
    if (!Array.isArray(layers)) return undefined;
    const layer = layers.find((one) => one?.mediaType === 'application/vnd.ollama.image.model');
    return /^sha256:([0-9a-f]{64})$/.exec(layer?.digest)?.[1];
  } catch {
    return undefined;
  }
}

/** `models--OWNER--REPO/snapshots/COMMIT/FILE`: links into blobs, the name of the repository in that of the folder. */
async function hubCacheModels(folder: string): Promise<FoundModel[]> {
  const models = (await walk(folder, deepest)).map(async ({ name, path }) => {
    const [, repository, file] = /^models--([^/]+)\/snapshots\/[^/]+\/(.+)\.gguf$/i.exec(name) ?? [];
    return repository === undefined ? [] : modelAt('Hugging Face', `${repository.replace('--', '/')}/${file}`, path);
  });
  return (await Promise.all(models)).flat();
}
