/** What an answer is: tokens that were streamed, and answers that hold nothing. */
import { describe, expect, it } from 'vitest';
import { call, trial, turn, valuesOf } from '../../test/support/measured-trial.ts';
import type { CallRecord } from '../core/index.ts';
import { objectivesOf } from './objectives.ts';
import { metrics } from './registry.ts';

describe('times per token', () => {
  it('counts only tokens that came as text: two servers that count one answer otherwise agree', async () => {
    const counted = (completion_tokens: number, usage: Partial<NonNullable<CallRecord['usage']>> = {}) => {
      const record = call({ usage: { prompt: 10, completion: completion_tokens, origin: 'server', ...usage } });
      const turns = [turn({ tokens: [0, 0, 0], completion_tokens })];
      return valuesOf(trial({ turns, counters: { sums: {}, tallies: {}, calls: [record] } }));
    };
    const plain = await counted(3);
    expect(plain.avg_token_latency).toBe(12.5); // (55 − 30) / 2
    // The token that ends the answer; 20 tokens of reasoning that were kept back.
    expect((await counted(4, { streamed: 3, endToken: true })).avg_token_latency).toBeCloseTo(12.5, 9);
    expect((await counted(23, { streamed: 3, reasoning: 20 })).avg_token_latency).toBeCloseTo(12.5, 9);
    // All of it is still charged.
    expect((await counted(23, { streamed: 3 })).completion_tokens).toBe(23);
  });
});

describe('an empty answer', () => {
  const quick = objectivesOf({ generation_time: 1000 }, metrics);
  it('is counted, and keeps no objective however fast it came', async () => {
    for (const text of ['', ' \n\t']) {
      const values = await valuesOf(trial({ answer: { text } }), { objectives: quick });
      expect(values).toMatchObject({ empty_answer: 1, slo_attainment: 0 });
    }
    expect(await valuesOf(trial(), { objectives: quick })).toMatchObject({ empty_answer: 0, slo_attainment: 1 });
  });
  it('is none where an agent acted before it', async () => {
    const answer = { text: '', trajectory: ['SELECT 1'] };
    expect(await valuesOf(trial({ answer }), { objectives: quick })).toMatchObject({
      empty_answer: 0,
      slo_attainment: 1,
    });
  });
});

describe('a reference that vanishes when it is normalised', () => {
  const scores = async (text: string, reference: string) => {
    const { rouge_1, rouge_l, bleu } = await valuesOf(trial({ answer: { text }, scores: {} }), {
      sample: { id: 's', prompt: '', reference },
    });
    return { rouge_1, rouge_l, bleu };
  };
  it('is still met by the answer that equals it, and not by silence', async () => {
    expect(await scores('東京', '東京')).toMatchObject({ rouge_1: 1, rouge_l: 1 });
    expect(await scores('', '東京')).toMatchObject({ rouge_1: 0, rouge_l: 0 });
    expect((await scores('<skipped>', '<skipped>')).bleu).toBeCloseTo(1, 9);
  });
});
