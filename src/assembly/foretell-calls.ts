/** What a benchmark asks of a model, without one: each sample is played against a listener that says nothing. */
import { type Call, type Session, TtcError } from '../core/index.ts';
import type { OpenedBenchmark } from './open-benchmarks.ts';

export interface ForetoldCall extends Pick<Call, 'messages' | 'tools'> {
  /** Completion tokens at most. */
  maxTokens: number;
}

/**
 * The calls of each sample, as far as they do not depend on answers.
 * @param maxTokens limit that the user set. `null`: the benchmark's own
 */
export async function foretellCalls(
  { played }: OpenedBenchmark,
  maxTokens: number | null,
  capabilities: Session['capabilities'],
): Promise<ForetoldCall[][]> {
  const most = maxTokens ?? played.maxTokens;
  const samples: ForetoldCall[][] = [];
  for (const sample of played.samples.values()) {
    const calls: ForetoldCall[] = [];
    await played.open.play(sample, listener(calls, most, capabilities)).catch((error) => {
      // Silence may be no answer to go on with: what was asked until then counts.
      if (!(error instanceof TtcError)) throw error;
    });
    samples.push(calls);
  }
  return samples;
}

/** A session in which the model says nothing; actions run, for the next call may depend on what they give. */
function listener(calls: ForetoldCall[], most: number, capabilities: Session['capabilities']): Session {
  const { signal } = new AbortController();
  return {
    signal,
    capabilities,
    async ask(messages, { maxTokens = most, tools } = {}) {
      calls.push({ messages, maxTokens: Math.min(most, maxTokens), ...(tools && { tools }) });
      return { text: '', reasoning: '', toolCalls: [], reason: 'stop' };
    },
    act: async (_, __, run) => run(signal),
  };
}
