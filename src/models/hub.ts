/** A model from the Hugging Face hub, or from the mirror that `HF_ENDPOINT` names. */
import { rm } from 'node:fs/promises';
import { claimPart, releasePart, sizeOf } from './cache.ts';
import type { ModelFile } from './catalogue.ts';
import { type DownloadOptions, download } from './download.ts';
import { endpointOf, hubOf } from './hub-api.ts';
import type { Source } from './source.ts';

export function hubSource(
  { repository, revision, file }: { repository: string; revision: string; file: string },
  env: NodeJS.ProcessEnv,
): Source {
  const folder = `${endpointOf(env)}/${repository}/resolve/${revision}`;
  return {
    name: `${folder}/${file}`,
    async fetch(files, place, accept) {
      const { request } = hubOf(env);
      for (const wanted of files) await fetchFile(`${folder}/${wanted.hub}`, wanted, { ...place, request }, accept);
    },
  };
}

/**
 * Downloads one file and hands it to `accept`, which throws on wrong content: then it is removed, and where it began with
 * what an earlier download had left, it is fetched once more from the start.
 */
export async function fetchFile(
  url: string,
  wanted: ModelFile,
  place: Parameters<Source['fetch']>[1] & Pick<DownloadOptions, 'request'>,
  accept: Parameters<Source['fetch']>[2],
): Promise<void> {
  const part = await claimPart(place.folder, wanted.file);
  const onBytes = (bytes: number) => place.onProgress?.({ bytes, total: wanted.bytes, source: url });
  // What an earlier download left may be bad: then a second try starts from nothing.
  for (let resumed = (await sizeOf(part)) > 0; ; resumed = false) {
    try {
      await download(url, part, wanted.bytes, { ...place, onBytes });
    } catch (error) {
      await releasePart(part, place.folder, wanted.file);
      throw error;
    }
    try {
      return await accept(part, wanted);
    } catch (error) {
      await rm(part, { force: true });
      if (!resumed || place.signal?.aborted) throw error;
    }
  }
}
