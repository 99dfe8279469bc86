import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLikelihoods } from './likelihoods.ts';

const tokenizer = { decode: (ids: readonly number[]) => `<${ids.join()}>` };

describe('log-probabilities', () => {
  it('are those of the softmax, the likeliest first, the lower id on ties', () => {
    const likely = createLikelihoods(tokenizer, 3);
    const logits = Float32Array.from([Math.log(1), Math.log(4), Math.log(4), Math.log(1)]);
    likely.note(0, logits);
    const [token] = likely.take(1);
    expect(token).toMatchObject({ id: 0, text: '<0>' });
    expect(token!.logprob).toBeCloseTo(Math.log(0.1), 6);
    expect(token!.top.map(({ id }) => id)).toEqual([1, 2, 0]);
    expect(token!.top[0]!.logprob).toBeCloseTo(Math.log(0.4), 6);
  });

  it('are not there where none are wanted, and come in the order of the tokens', () => {
    const none = createLikelihoods(tokenizer, undefined);
    none.note(1, Float32Array.of(1, 2));
    expect(none.take(5)).toEqual([]);
    const likely = createLikelihoods(tokenizer, 0);
    for (const id of [1, 0, 1]) likely.note(id, Float32Array.of(1, 2));
    expect(likely.take(2).map(({ id }) => id)).toEqual([1, 0]);
    expect(likely.take(2).map(({ id, top }) => [id, top])).toEqual([[1, []]]);
  });

  it('of all tokens together are one, however large the logits', () => {
    const logit = fc.float({ min: -1000, max: 1000, noNaN: true });
    fc.assert(
      fc.property(fc.array(logit, { minLength: 1, maxLength: 20 }), (values) => {
        const likely = createLikelihoods(tokenizer, 20);
        likely.note(0, Float32Array.from(values));
        const top = likely.take(1)[0]!.top.map(({ logprob }) => logprob);
        expect(top.reduce((sum, value) => sum + Math.exp(value), 0)).toBeCloseTo(1, 5);
        expect(top).toEqual(top.toSorted((a, b) => b - a));
      }),
    );
  });
});
