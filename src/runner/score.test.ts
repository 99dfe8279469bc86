import { describe, expect, it } from 'vitest';
import {
  createMeter,
  type Judges,
  type OpenBenchmark,
  type Sample,
  type Similarity,
  type Trial,
} from '../core/index.ts';
import type { PlayedBenchmark } from './play.ts';
import { score } from './score.ts';

const trial: Trial = {
  ...{ schema: 2, key: 'k', params: {}, block: 'b', sample: 's', repeat: 0, seed: 1, status: 'ok', turns: [] },
  cell: {
    benchmark: 'toy',
    policy_name: 'baseline',
    realisation: 'engine',
    backend: 'x',
    model: 'm',
    fidelity: 'exact',
  },
  ended_at: '2026-01-01T00:00:00.000Z',
  answer: { text: 'an answer' },
  counters: createMeter().counters,
  scores: {},
};

function toy(scoreAnswer: OpenBenchmark['score'], reference = 'a reference'): PlayedBenchmark {
  const sample: Sample = { id: 's', prompt: '', reference };
  const open: OpenBenchmark = {
    async *samples() {},
    play: async () => ({ text: '' }),
    score: scoreAnswer,
    async [Symbol.asyncDispose]() {},
  };
  return { open, samples: new Map([['s', sample]]), maxTokens: 1, timeout: 1 };
}

const encoder = (compare: (a: readonly string[], b: readonly string[]) => Promise<number[][]>): Similarity =>
  Object.assign(compare, { encoder: 'toy-encoder' });
const { signal } = new AbortController();
const scored = (benchmark: PlayedBenchmark, judges: Judges, of: Trial = trial) => score(of, benchmark, judges, signal);

describe('semantic similarity', () => {
  it('compares answer and reference, stands behind the headline and names its encoder', async () => {
    const similarity = encoder(async (a, b) => [[a[0] === 'an answer' && b[0] === 'a reference' ? 0.75 : Number.NaN]]);
    const done = await scored(
      toy(() => ({ points: 0.5 })),
      { similarity },
    );
    expect(Object.entries(done.scores)).toEqual([
      ['points', 0.5],
      ['semantic_similarity', 0.75],
    ]);
    expect(done.encoder).toBe('toy-encoder');
    expect(done.error).toBeUndefined();
  });

  it('is missing without an encoder, never 0', async () => {
    const done = await scored(
      toy(async () => ({ points: 0.5 })),
      {},
    );
    expect(done.scores).toEqual({ points: 0.5 });
    expect(done).not.toHaveProperty('encoder');
  });

  it('is missing where there is no reference, no answer or a failed trial', async () => {
    let compared = 0;
    const judges = { similarity: encoder(async () => [[++compared]]) };
    const points = () => ({ points: 1 });
    expect((await scored(toy(points, ''), judges)).scores).toEqual({ points: 1 });
    for (const other of [{ ...trial, status: 'failed' as const }, { ...trial, answer: undefined } as never])
      expect((await scored(toy(points), judges, other)).scores).toEqual({});
    expect(compared).toBe(0);
  });

  it('that fails costs no other score', async () => {
    const similarity = encoder(async () => {
      throw new Error('the encoder is gone');
    });
    const done = await scored(
      toy(() => ({ points: 0.5 })),
      { similarity },
    );
    expect(done.scores).toEqual({ points: 0.5 });
    expect(done.error).toEqual({ code: 'E_SCORE', message: 'the encoder is gone' });
    expect(done).not.toHaveProperty('encoder');
  });

  it('that is no number is left out and said', async () => {
    const done = await scored(
      toy(() => ({ points: 0.5 })),
      { similarity: encoder(async () => [[Number.NaN]]) },
    );
    expect(done.scores).toEqual({ points: 0.5 });
    expect(done.error?.message).toContain('semantic_similarity');
  });

  it('is there where the benchmark’s own scorer fails, whose error stays', async () => {
    const benchmark = toy(() => {
      throw new Error('no points');
    });
    const done = await scored(benchmark, { similarity: encoder(async () => [[0.25]]) });
    expect(done.scores).toEqual({ semantic_similarity: 0.25 });
    expect(done.error).toEqual({ code: 'E_SCORE', message: 'no points' });
  });

  it('that hangs ends with the run', async () => {
    const controller = new AbortController();
    const hanging = encoder(() => {
      setImmediate(() => controller.abort());
      return new Promise(() => {});
    });
    const done = await score(
      trial,
      toy(() => ({ points: 0.5 })),
      { similarity: hanging },
      controller.signal,
    );
    expect(done.scores).toEqual({ points: 0.5 });
    expect(done.error?.message).toContain('interrupted');
  });
});
