import { describe, expect, it } from 'vitest';
import { type CallRecord, createMeter, type Generate, now } from '../core/index.ts';
import { budgeted, costOf, createBudget } from './budget.ts';

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
    expect(costOf(record(usage), prices)).toBeCloseTo(2 * 0.15 + 0.075 + 0.3, 12);
    expect(costOf(record(), prices)).toBe(0);
  });

  it('counts cancelled calls and ends the run when it is spent', async () => {
    const budget = createBudget({ maxTokens: 100, maxCost: 1, prices });
    const generate: Generate = async function* (_, context) {
      context.meter.call(record({ prompt: 30, completion: 20, origin: 'estimate' }, 'aborted'));
      yield { type: 'end', at: now(), reason: 'stop' };
    };
    const meter = createMeter();
    for (const expected of [undefined, /100 tokens of --max-tokens-total/]) {
      for await (const _ of budgeted(generate, budget)({} as never, { signal: new AbortController().signal, meter }));
      if (expected) expect(budget.enough()).toMatch(expected);
      else expect(budget.enough()).toBeUndefined();
    }
    expect(meter.counters.calls).toHaveLength(2);
  });

  it('ends at its cost', () => {
    const budget = createBudget({ maxCost: 0.5, prices });
    budget.spend(record({ prompt: 0, completion: 1_000_000, origin: 'server' }));
    expect(budget.enough()).toMatch(/0.5 USD/);
  });

  it('says at the end what was spent, calls in flight included', () => {
    const budget = createBudget({ maxCost: 0.0005, maxTokens: 1000, prices });
    const spend = (completion: number) => budget.spend(record({ prompt: 0, completion, origin: 'server' }));
    spend(900);
    const reason = budget.enough() as string;
    expect(reason).toBe('the 0.0005 USD of --max-cost are spent');
    spend(340);
    expect(budget.closing(reason)).toBe(`${reason}: 0.000744 USD with the calls in flight`);
    expect(budget.closing(budget.enough() as string)).toMatch(/1000 tokens .*: 1240 tokens with/);
    expect(budget.closing('the time of --duration is over')).toBe('the time of --duration is over');
  });
});
