/** Small models of this machine that client realisations may ask: a scorer of tokens and a sentence encoder. */

import { type ClientKit, TtcError } from '../core/index.ts';
import { createHostProxy } from '../host/proxy.ts';
import { defaultEncoder, defaultModel, findPulled } from '../models/index.ts';

export type LocalModels = Pick<ClientKit, 'tokenScores' | 'sentenceVectors'> & AsyncDisposable;

/**
 * The process starts when it is first asked. Sentence vectors are there where the encoder is pulled; a scorer is named
 * with each question, by the path of its file.
 */
export async function openLocalModels(signal?: AbortSignal): Promise<LocalModels> {
  const { score, encode, ...proxy } = createHostProxy({ threads: 1, prefill: 'flash' }, { signal });
  const encoder = await findPulled(defaultEncoder, { ...(signal && { signal }) });
  return {
    async tokenScores(text, scorer) {
      if (scorer !== null) return score(scorer, text);
      throw new TtcError(
        'E_CAPABILITY',
        `there is no model to score prompts with: ttcbench models pull ${defaultModel}, or name another with the parameter scorer`,
      );
    },
    ...(typeof encoder !== 'string' && { sentenceVectors: (texts) => encode(encoder.path, texts) }),
    [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose](),
  };
}
