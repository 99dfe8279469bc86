/** A model from the Hugging Face hub, or from the mirror that `HF_ENDPOINT` names. */
import { rm } from 'node:fs/promises';
import { claimPart, releasePart, sizeOf } from './cache.ts';
import { download } from './download.ts';
import type { Source } from './source.ts';

export function hubSource(
  { repository, revision, file }: { repository: string; revision: string; file: string },
  env: NodeJS.ProcessEnv,
): Source {
  const endpoint = (env.HF_ENDPOINT || 'https://huggingface.co').replace(/\/+$/, '');
  const url = `${endpoint}/${repository}/resolve/${revision}/${file}`;
  return {
    name: url,
    async fetch(entry, place, accept) {
      const part = await claimPart(place.folder, entry.file);
      const onBytes = (bytes: number) => place.onProgress?.({ bytes, total: entry.bytes, source: url });
      // What an earlier download left may be bad: then a second try starts from nothing.
      for (let resumed = (await sizeOf(part)) > 0; ; resumed = false) {
        try {
          await download(url, part, entry.bytes, { ...place, onBytes });
        } catch (error) {
          await releasePart(part, place.folder, entry.file);
          throw error;
        }
        try {
          return await accept(part);
        } catch (error) {
          await rm(part, { force: true });
          if (!resumed || place.signal?.aborted) throw error;
        }
      }
    },
  };
}
