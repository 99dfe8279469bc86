import type { Answer, Judges, Message, OpenBenchmark, Sample, Scores } from '../core/index.ts';

/** What a benchmark of one call per sample says about its samples. */
export interface SingleTurn<S extends Sample> {
  samples: readonly S[];
  /** What is sent; a single user message with the sample's prompt unless given. */
  messages?(sample: S): readonly Message[];
  /** Whether what stands between system message and task are worked examples. */
  hasShots?: boolean;
  /** Where the answer ends, and how many tokens it may take where that is less than the benchmark's limit. */
  limits?(sample: S): { stop?: readonly string[]; maxTokens?: number };
  score(sample: S, answer: Answer, judges: Judges): Scores | Promise<Scores>;
}

/** An open benchmark that asks once per sample and holds nothing that has to be closed. */
export function singleTurn<S extends Sample>(about: SingleTurn<S>): OpenBenchmark<S> {
  const messagesOf = about.messages ?? ((sample: S): readonly Message[] => [{ role: 'user', content: sample.prompt }]);
  return {
    ...(about.hasShots && { hasShots: true }),
    async *samples() {
      yield* about.samples;
    },
    async play(sample, session) {
      const { text } = await session.ask(messagesOf(sample), about.limits?.(sample));
      return { text };
    },
    score: about.score,
    async [Symbol.asyncDispose]() {},
  };
}
