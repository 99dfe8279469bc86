/** SHA-256 of files, remembered by path, size and time so that big models are hashed once. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { hash } from '../core/index.ts';
import { cacheFolder, ownName } from './cache.ts';

interface Options {
  env?: NodeJS.ProcessEnv | undefined;
  signal?: AbortSignal | undefined;
}

/** Hex digits of the SHA-256 of what lies on the disk now. */
export async function hashFile(path: string, signal?: AbortSignal): Promise<string> {
  const digest = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), digest, { signal });
  return digest.digest('hex');
}

/** The SHA-256 of a file, from memory where path, size, inode and both times are those of last time. */
export async function sha256Of(path: string, { env, signal }: Options = {}): Promise<string> {
  const memory = memoryOf(path, env);
  const stamp = await stampOf(path);
  const known = await readFile(memory, 'utf8')
    .then(JSON.parse)
    .catch(() => undefined);
  if (known?.stamp === stamp && typeof known.sha256 === 'string') return known.sha256;
  const sha256 = await hashFile(path, signal);
  if ((await stampOf(path)) === stamp) await remember(memory, { path: resolve(path), stamp, sha256 });
  return sha256;
}

const memoryOf = (path: string, env?: NodeJS.ProcessEnv) =>
  join(cacheFolder(env), 'hashes', `${hash(resolve(path))}.json`);

async function stampOf(path: string): Promise<string> {
  const { size, ino, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
  return `${size} ${ino} ${mtimeNs} ${ctimeNs}`;
}

/** A cache folder that cannot be written costs time, not the run. */
async function remember(memory: string, record: object): Promise<void> {
  const aside = join(memory, '..', ownName('hash', 'part'));
  await mkdir(join(memory, '..'), { recursive: true })
    .then(() => writeFile(aside, JSON.stringify(record)))
    .then(() => rename(aside, memory))
    .catch(() => {});
}
