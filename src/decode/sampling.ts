/** How one row of logits becomes a token: the same processing for a target and for its draft. */
import { type Call, createRandom, type Random, TtcError } from '../core/index.ts';
import { sampleFrom } from './distribution.ts';
import { keepMinP, keepTopK, keepTopP, penalise, softmax } from './filters.ts';
import { createPeekableRandom, type PeekableRandom } from './peekable-random.ts';

/**
 * Order of processing: repetition penalty → temperature → softmax → top-k → top-p → min-p, renormalised after each
 * filter. Temperature 0 skips everything after the penalty and takes the largest logit, the lowest id on ties.
 */
export interface Sampler {
  readonly greedy: boolean;
  /** The stream of this call's uniform numbers; `pick` takes one per token unless greedy. */
  readonly random: PeekableRandom;
  /**
   * The next token.
   * @param logits one row [vocabulary]; may be a native view, it is not changed
   * @param history prompt and answer ids so far; only the repetition penalty looks at it
   * @param random where the uniform number comes from. @default the call's own stream
   * @throws E_NATIVE when the row holds no finite maximum
   */
  pick(logits: Float32Array, history: readonly number[], random?: Random): number;
  /** The processed distribution [vocabulary] that `pick` draws from; one-hot when greedy. A fresh array. */
  probabilities(logits: Float32Array, history: readonly number[]): Float64Array;
}

/** The sampler of one call. @throws E_ARGUMENT for a parameter out of range */
export function createSampler(call: Pick<Call, 'temperature' | 'sampling' | 'seed'>): Sampler {
  check(call);
  const { topK, topP, minP, repetitionPenalty = 1 } = call.sampling ?? {};
  const greedy = call.temperature === 0;
  const stream = createPeekableRandom(createRandom(call.seed));
  const penalised = (logits: Float32Array, history: readonly number[]) =>
    repetitionPenalty === 1 ? logits : penalise(logits, history, repetitionPenalty);
  const probabilities = (logits: Float32Array, history: readonly number[]) => {
    const row = penalised(logits, history);
    if (greedy) return oneHot(argmax(row), row.length);
    const distribution = softmax(row, call.temperature, largest(row));
    if (topK !== undefined && topK > 0) keepTopK(distribution, topK);
    if (topP !== undefined && topP < 1) keepTopP(distribution, topP);
    if (minP !== undefined && minP > 0) keepMinP(distribution, minP);
    return distribution;
  };
  return {
    greedy,
    random: stream,
    probabilities,
    pick: (logits, history, random = stream) =>
      greedy ? argmax(penalised(logits, history)) : sampleFrom(probabilities(logits, history), random),
  };
}

/** Id of the largest logit, the lowest id on ties. @throws E_NATIVE when no logit is a finite maximum */
export function argmax(logits: ArrayLike<number>): number {
  let best = 0;
  let value = Number.NEGATIVE_INFINITY;
  for (let id = 0; id < logits.length; id++) {
    const candidate = logits[id] as number;
    if (candidate > value) {
      value = candidate;
      best = id;
    }
  }
  if (!Number.isFinite(value)) throw noMaximum();
  return best;
}

function largest(logits: ArrayLike<number>): number {
  return logits[argmax(logits)] as number;
}

function oneHot(id: number, size: number): Float64Array {
  const distribution = new Float64Array(size);
  distribution[id] = 1;
  return distribution;
}

function noMaximum(): TtcError {
  return new TtcError('E_NATIVE', 'the model gave logits without a finite maximum', {
    help: 'the model file is damaged, or its numbers overflow on this machine',
  });
}

function check({ temperature, sampling = {} }: Pick<Call, 'temperature' | 'sampling'>): void {
  const ranges: [string, number | undefined, boolean][] = [
    ['temperature', temperature, inRange(temperature, 0, 100)],
    ['topK', sampling.topK, Number.isInteger(sampling.topK ?? 0) && (sampling.topK ?? 0) >= 0],
    ['topP', sampling.topP, inRange(sampling.topP ?? 1, 0, 1)],
    ['minP', sampling.minP, inRange(sampling.minP ?? 0, 0, 1)],
    ['repetitionPenalty', sampling.repetitionPenalty, inRange(sampling.repetitionPenalty ?? 1, 1e-3, 1e3)],
  ];
  for (const [name, value, valid] of ranges)
    if (!valid) throw new TtcError('E_ARGUMENT', `sampling: ${name} is out of range: ${value}`);
}

const inRange = (value: number, low: number, high: number): boolean => value >= low && value <= high;
