import type { Backend, Judges } from '../core/index.ts';
import { TtcError } from '../core/index.ts';
import { defaultEncoder, findPulled, type ResolvedModel, resolveEncoder } from '../models/index.ts';
import { createSimilarity } from '../scorers/index.ts';
import type { BackendHooks } from './open-backend.ts';
import type { OpenedBenchmark } from './open-benchmarks.ts';

export interface OpenJudges extends AsyncDisposable {
  judges: Judges;
  /** For `run.json`: the encoder, or why there is none, and what each benchmark compares texts with. */
  facts: Record<string, unknown>;
}

export interface JudgeHooks extends Pick<BackendHooks, 'signal' | 'onDownload' | 'onNote'> {
  /** Whether an encoder that a benchmark asks for may be downloaded. */
  download: boolean;
}

/**
 * What scores may ask beside the answer. The encoder is taken where it is pulled, fetched where a benchmark asks for
 * it, and left out otherwise. It runs in the backend's engine process, else in one of its own.
 * @throws E_MODEL, E_DOWNLOAD where a benchmark asks for an encoder that cannot be had
 */
export async function openJudges(
  benchmarks: readonly OpenedBenchmark[],
  backend: Pick<Backend, 'encode'> | undefined,
  hooks: JudgeHooks,
): Promise<OpenJudges> {
  const compared = benchmarks.flatMap(({ planned: { name }, played: { open } }) =>
    open.similarity === undefined ? [] : [[name, open.similarity] as const],
  );
  const similarity = compared.length > 0 ? { similarity: Object.fromEntries(compared) } : {};
  const model = await findEncoder(compared.find(([, by]) => by !== 'lexical')?.[0], hooks);
  if (typeof model === 'string') {
    return { judges: {}, facts: { ...similarity, no_encoder: model }, async [Symbol.asyncDispose]() {} };
  }
  const host = backend?.encode ? undefined : (await import('../backends/encoder-host.ts')).openEncoderHost();
  const { encode } = (host ?? backend) as Required<Pick<Backend, 'encode'>>;
  return {
    judges: { similarity: createSimilarity(model.name, (texts) => encode(model.path, texts)) },
    facts: { ...similarity, encoder: `${model.name} sha256:${model.sha256}` },
    [Symbol.asyncDispose]: async () => host?.[Symbol.asyncDispose](),
  };
}

/** @returns the encoder, or why there is none. `wantedBy` names the benchmark that cannot do without. */
async function findEncoder(wantedBy: string | undefined, hooks: JudgeHooks): Promise<ResolvedModel | string> {
  const { signal, onDownload, onNote } = hooks;
  const found = await findPulled(defaultEncoder, { signal });
  if (typeof found !== 'string') return found;
  const pull = `ttcbench models pull ${defaultEncoder}`;
  const what = found === 'missing' ? 'is not pulled' : 'is damaged in the cache';
  if (wantedBy === undefined) return `model ${defaultEncoder} ${what} (${pull})`;
  if (!hooks.download)
    throw new TtcError('E_MODEL', `${wantedBy} compares with ${defaultEncoder}, which ${what}`, { help: pull });
  return resolveEncoder(defaultEncoder, { signal, onProgress: onDownload, onNote });
}
