import { describe, expect, it } from 'vitest';
import { type CallRecord, costOf, createMeter, type Generate, now, type Stop, wordsOfStop } from '../core/index.ts';
import { budgeted, createBudget } from './budget.ts';

const record = (usage?: CallRecord['usage'], outcome: CallRecord['outcome'] = 'ok'): CallRecord => ({
  attempt: 1,
  sent: 0,
  end: 1,
  outcome,
  ...(usage ? { usage } : {}),
});
const prices = { prompt: 0.15, completion: 0.6, cached: 0.075 };

describe('budget', () => {
  it('prices prompt, cached prompt and completion apart', () => {
    const usage = { prompt: 3_000_000, cached: 1_000_000, completion: 500_000, origin: 'server' as const };
    expect(costOf(usage, prices)).toBeCloseTo(2 * 0.15 + 0.075 + 0.3, 12);
    expect(costOf({ prompt: 10, cached: 20, completion: 0 }, prices)).toBeCloseTo(10 * 0.075e-6, 12);
  });

  it('counts cancelled calls and ends the run when it is spent', async () => {
    const budget = createBudget({ maxTokens: 100, maxCost: 1, prices });
    const generate: Generate = async function* (_, context) {
      context.meter.call(record({ prompt: 30, completion: 20, origin: 'estimate' }, 'aborted'));
      yield { type: 'end', at: now(), reason: 'stop' };
    };
    const meter = createMeter();
    for (const expected of [undefined, { code: 'max_tokens_total', limit: 100, spent: 100 }]) {
      for await (const _ of budgeted(generate, budget)({} as never, { signal: new AbortController().signal, meter }));
      expect(budget.enough()).toEqual(expected);
    }
    expect(meter.counters.calls).toHaveLength(2);
  });

  it('ends at its cost', () => {
    const budget = createBudget({ maxCost: 0.5, prices });
    budget.spend(record({ prompt: 0, completion: 1_000_000, origin: 'server' }));
    expect(budget.enough()).toMatchObject({ code: 'max_cost', limit: 0.5, spent: 0.6 });
  });

  it('says at the end what was spent, calls in flight included', () => {
    const budget = createBudget({ maxCost: 0.0005, maxTokens: 1000, prices });
    const spend = (completion: number) => budget.spend(record({ prompt: 0, completion, origin: 'server' }));
    spend(900);
    expect(wordsOfStop(budget.enough() as Stop)).toMatch(/^the 0.0005 USD of --max-cost are spent: 0.00054 USD with/);
    spend(340);
    expect(wordsOfStop(budget.enough() as Stop)).toMatch(/^the 1000 tokens of --max-tokens-total .*: 1240 tokens with/);
  });
});
