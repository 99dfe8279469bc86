/** The limit of a benchmark's answers that a context has room for. A limit of the user's own is never changed. */
import { plainText, TtcError } from '../core/index.ts';
import { type ForetoldCall, foretellCalls } from './foretell-calls.ts';
import type { OpenedBenchmark } from './open-benchmarks.ts';

export interface Room {
  /** Positions for prompt and answer together. */
  context: number;
  /** Of the model, for messages. */
  model: string;
  /** Tokens of a call's prompt. */
  sizeOf(call: ForetoldCall): number | Promise<number>;
  /** Tokens that stay free beside prompt and answer. @default 0 */
  reserve?: number;
  /** Sizes are estimates: a limit of the user's own is refused only where it can never fit. */
  isEstimate?: boolean;
}

/** Fewer tokens are no answer to be compared: a prompt that leaves less is too long. */
const leastRoom = 16;

/** What a chat template may add to the text of a prompt, in tokens, at the most that any known one does. */
export const templateTokens = 1024;

/**
 * @param asked limit that the user set. `null`: the benchmark's own
 * @throws E_CONTEXT where no sample fits, or samples only under a lower limit than the one that the user set
 */
export async function fitOne(
  benchmark: OpenedBenchmark,
  asked: number | null,
  room: Room,
): Promise<{ benchmark: OpenedBenchmark; notes: string[] }> {
  const { context, model, isEstimate = false } = room;
  const most = asked ?? benchmark.planned.maxTokens;
  const samples = await foretellCalls(benchmark, asked, new Set());
  const tight: number[] = [];
  for (const calls of samples) tight.push(await roomiest(calls, room));
  const hopeless = tight.filter((left) => left < Math.min(leastRoom, most)).length;
  const name = plainText(benchmark.planned.name, 80);
  if (hopeless === samples.length) {
    throw new TtcError(
      'E_CONTEXT',
      `${name}: no prompt leaves room for an answer in the context of ${model}, ${context} tokens`,
      {
        help: 'use shorter samples, or a model with a longer context',
      },
    );
  }
  const notes =
    hopeless > 0
      ? [
          `${name}: ${hopeless} of ${samples.length} prompts leave no room for an answer in the ${context} tokens of ${model}; their trials fail`,
        ]
      : [];
  const limit = Math.min(most, ...tight.filter((left) => left >= Math.min(leastRoom, most)));
  if (limit === most) return { benchmark, notes };
  const about = isEstimate ? 'about ' : '';
  const that = hopeless > 0 ? ' that has room at all' : '';
  if (asked !== null && isEstimate && asked < context) {
    notes.push(
      `${name}: the longest prompt${that} leaves ${about}${limit} of the ${context} tokens of ${model}, and --max-tokens is ${asked}: trials may fail`,
    );
    return { benchmark, notes };
  }
  if (asked !== null) {
    throw new TtcError(
      'E_CONTEXT',
      `--max-tokens ${asked}: the longest prompt of ${name}${that} leaves ${about}${limit} of the ${context} tokens of ${model}`,
      {
        help: `--max-tokens ${limit} fits; without the flag the limit is lowered to what fits`,
      },
    );
  }
  notes.push(
    `${name}: answers may have ${limit} tokens, not ${most}: the longest prompt${that} leaves ${isEstimate ? 'about that many' : 'no more'} of the ${context} tokens of ${model}`,
  );
  return { benchmark: withLimit(benchmark, limit), notes };
}

/** Where the backends of a run have room for different limits: the lowest for all, so that their answers compare. */
export function withLowestLimits(stages: readonly (readonly OpenedBenchmark[])[]): OpenedBenchmark[][] {
  const lowest = new Map<string, number>();
  for (const { planned } of stages.flat())
    lowest.set(planned.name, Math.min(planned.maxTokens, lowest.get(planned.name) ?? Number.POSITIVE_INFINITY));
  return stages.map((benchmarks) =>
    benchmarks.map((benchmark) => withLimit(benchmark, lowest.get(benchmark.planned.name) as number)),
  );
}

export const withLimit = (benchmark: OpenedBenchmark, maxTokens: number): OpenedBenchmark => {
  const { planned, played } = benchmark;
  if (planned.maxTokens === maxTokens) return benchmark;
  return { ...benchmark, planned: { ...planned, maxTokens }, played: { ...played, maxTokens } };
};

/** Tokens that the longest call of a sample leaves for its answer; Infinity where its limit fits anyway. */
async function roomiest(calls: readonly ForetoldCall[], { context, sizeOf, reserve = 0 }: Room): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (const call of calls) {
    // A token is at least a byte of the prompt: most prompts fit without being cut into tokens.
    if (bytesOf(call) + templateTokens + call.maxTokens + reserve <= context) continue;
    const left = context - reserve - (await sizeSafely(call, sizeOf));
    if (left < call.maxTokens) least = Math.min(least, left);
  }
  return least;
}

export const bytesOf = ({ messages }: ForetoldCall): number =>
  messages.reduce((sum, { content }) => sum + Buffer.byteLength(content) + 64, 0);

/** What the template refuses is for the trial to say. */
async function sizeSafely(call: ForetoldCall, sizeOf: Room['sizeOf']): Promise<number> {
  try {
    return await sizeOf(call);
  } catch (error) {
    if (error instanceof TtcError) return 0;
    throw error;
  }
}
