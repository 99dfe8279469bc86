import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Sampling } from '../core/index.ts';
import { topLogprobs } from './distribution.ts';
import { keepTopP } from './filters.ts';
import { argmax, createSampler } from './sampling.ts';

const logitsOf = (...probabilities: number[]) => Float32Array.from(probabilities, Math.log);
const sampler = (sampling: Sampling = {}, temperature = 1, seed = 1) => createSampler({ temperature, sampling, seed });
const filtered = (probabilities: number[], sampling: Sampling) =>
  [...sampler(sampling).probabilities(logitsOf(...probabilities), [])].map((value) => Math.round(value * 1e5) / 1e5);
const row = fc
  .array(fc.integer({ min: -400, max: 400 }), { minLength: 1, maxLength: 40 })
  .map((values) => Float32Array.from(values, (value) => value / 20));

describe('createSampler', () => {
  it('is greedy at temperature 0, with the lowest id on ties', () => {
    const greedy = sampler({}, 0);
    expect(greedy.pick(Float32Array.of(1, 3, 3, 2), [])).toBe(1);
    expect([...greedy.probabilities(Float32Array.of(1, 3, 3, 2), [])]).toEqual([0, 1, 0, 0]);
  });

  it('keeps the smallest set with the mass of top-p', () => {
    const four = [0.5, 0.3, 0.15, 0.05];
    expect(filtered(four, { topP: 0.9 })).toEqual([0.52632, 0.31579, 0.15789, 0]);
    expect(filtered(four, { topP: 0.8 })).toEqual([0.625, 0.375, 0, 0]);
    expect(filtered(four, { topP: 1 })).toEqual(four);
    expect(filtered(four, { topP: 0 })).toEqual([1, 0, 0, 0]);
  });

  it('takes a sum that rounding leaves just below top-p as reached', () => {
    expect(0.7 + 0.2).toBeLessThan(0.9);
    const distribution = Float64Array.of(0.7, 0.2, 0.1);
    keepTopP(distribution, 0.9);
    expect(distribution[2]).toBe(0);
  });

  it('keeps k tokens, or those above a share of the largest', () => {
    expect(filtered([0.2, 0.4, 0.2, 0.2], { topK: 2 })).toEqual([0.33333, 0.66667, 0, 0]);
    expect(filtered([0.2, 0.4, 0.2, 0.2], { topK: 0 })).toEqual([0.2, 0.4, 0.2, 0.2]);
    expect(filtered([0.5, 0.26, 0.24], { minP: 0.5 })).toEqual([0.65789, 0.34211, 0]);
  });

  it('applies temperature before the filters', () => {
    // at temperature ½ the weights are squares: .64 .36 of .8 .6 → top-p .64 keeps one
    const cold = createSampler({ temperature: 0.5, sampling: { topP: 0.63 }, seed: 1 });
    expect([...cold.probabilities(logitsOf(0.8, 0.6), [])]).toEqual([1, 0]);
  });

  it('makes seen tokens less likely, once each, whatever the sign of their logit', () => {
    const greedy = sampler({ repetitionPenalty: 2 }, 0);
    expect(greedy.pick(Float32Array.of(4, 2.5, 1), [0])).toBe(1);
    expect(greedy.pick(Float32Array.of(4, 1.5, 1), [0, 0, 0])).toBe(0);
    expect(greedy.pick(Float32Array.of(-1, -1.5), [0])).toBe(1);
    const logits = Float32Array.of(4, 1);
    sampler({ repetitionPenalty: 2 }).pick(logits, [0, 1]);
    expect([...logits]).toEqual([4, 1]);
  });

  it('filters like a full sort', () => {
    const settings = fc.record({ topK: fc.nat(45), topP: fc.integer({ min: 0, max: 100 }).map((p) => p / 100) });
    fc.assert(
      fc.property(row, settings, (logits, sampling) => {
        const plain = sampler().probabilities(logits, []);
        const order = [...plain.keys()].sort((a, b) => (plain[b] as number) - (plain[a] as number) || a - b);
        const best = order.slice(0, sampling.topK || order.length);
        const total = best.reduce((sum, id) => sum + (plain[id] as number), 0);
        const result = sampler(sampling).probabilities(logits, []);
        const kept = order.filter((id) => (result[id] as number) > 0);
        expect(kept).toEqual(best.slice(0, kept.length));
        const mass = (ids: number[]) => ids.reduce((sum, id) => sum + (plain[id] as number) / total, 0);
        expect(mass(kept)).toBeGreaterThan(sampling.topP - 1e-8);
        expect(kept.length === 1 || mass(kept.slice(0, -1)) < sampling.topP || sampling.topP === 1).toBe(true);
        expect(result.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 9);
      }),
    );
  });

  it('draws as its probabilities say, the same for the same seed', () => {
    const logits = logitsOf(0.5, 0.3, 0.15, 0.05);
    const draw = (seed: number) => {
      const one = createSampler({ temperature: 1, seed });
      return Array.from({ length: 50_000 }, () => one.pick(logits, []));
    };
    const ids = draw(11);
    const chiSquare = [0.5, 0.3, 0.15, 0.05].reduce((sum, p, id) => {
      const expected = p * ids.length;
      return sum + (ids.filter((other) => other === id).length - expected) ** 2 / expected;
    }, 0);
    // 99.99 % quantile at 3 degrees of freedom
    expect(chiSquare).toBeLessThan(21.1);
    expect(draw(11)).toEqual(ids);
    expect(draw(12)).not.toEqual(ids);
  });

  it('refuses parameters out of range', () => {
    const wrong: [Sampling, number][] = [
      [{}, -1],
      [{}, Number.NaN],
      [{ topP: 1.1 }, 1],
      [{ topK: 1.5 }, 1],
      [{ minP: -0.1 }, 1],
      [{ repetitionPenalty: 0 }, 1],
    ];
    for (const [sampling, temperature] of wrong)
      expect(() => sampler(sampling, temperature)).toThrow(expect.objectContaining({ code: 'E_ARGUMENT' }));
  });

  it('refuses logits without a finite maximum, and gives NaN no mass', () => {
    const { NaN: nan, NEGATIVE_INFINITY: minus, POSITIVE_INFINITY: plus } = Number;
    for (const temperature of [0, 1])
      for (const logits of [[nan, nan], [minus, minus], [1, plus], []])
        expect(() => sampler({}, temperature).pick(Float32Array.from(logits), [])).toThrow(
          expect.objectContaining({ code: 'E_NATIVE' }),
        );
    expect([...sampler().probabilities(Float32Array.of(nan, 0, minus), [])]).toEqual([0, 1, 0]);
    expect(argmax([nan, 1])).toBe(1);
  });
});

describe('topLogprobs', () => {
  it('gives log-probabilities of the raw logits, most likely first', () => {
    fc.assert(
      fc.property(row, fc.nat(10), (logits, count) => {
        const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
        const order = [...logits.keys()].sort((a, b) => (logits[b] as number) - (logits[a] as number) || a - b);
        const { top, logprob } = topLogprobs(logits, 0, count);
        expect(top.map(({ id }) => id)).toEqual(order.slice(0, count));
        for (const entry of [...top, { id: 0, logprob }])
          expect(entry.logprob).toBeCloseTo(Math.log(Math.exp(logits[entry.id] as number) / total), 6);
      }),
    );
  });
});
