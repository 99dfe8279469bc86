import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GateCheck } from './compare-runs.ts';
import { formatRatio } from './format-number.ts';
import { checkConditions, type GateResult, judgeCondition, parseCondition } from './gate.ts';
import { checkLine, gateLine } from './render-run-comparison.ts';

describe('a gate', () => {
  it('takes ratios, percents and differences', () => {
    expect(parseCondition('throughput < 0.95x')).toMatchObject({
      metric: 'throughput',
      side: '<',
      of: 'ratio',
      limit: 0.95,
    });
    expect(parseCondition('generation_time>+5%')).toMatchObject({ side: '>', of: 'ratio', limit: 1.05 });
    expect(parseCondition(' reward < -0.02 ')).toMatchObject({
      of: 'difference',
      limit: -0.02,
      text: 'reward < -0.02',
    });
    for (const wrong of ['', 'reward', 'reward <', 'reward <= 1', 'a b < 1', 'x < 0x', 'x < -100%', 'x < 1y', '< 1'])
      expect(() => parseCondition(wrong), wrong).toThrow(/is no condition/);
    expect(() => checkConditions([parseCondition('troughput < 1x')], ['throughput'])).toThrow(/no trial .* troughput/);
    const check = (text: string) => () => checkConditions([parseCondition(text)], ['throughput', 'reward', 'own']);
    expect(check('throughput < 0.95')).toThrow(/neither a ratio nor a change/);
    for (const clear of ['throughput < 0.95x', 'throughput < -0.95', 'throughput < 0', 'reward < 0.02', 'own < 0.1'])
      expect(check(clear), clear).not.toThrow();
  });

  it('fails only where the whole interval lies beyond the limit, and passes only where none of it does', () => {
    const number = fc.integer({ min: -100, max: 100 }).map((value) => value / 100);
    fc.assert(
      fc.property(number, number, number, fc.boolean(), fc.integer({ min: 1, max: 60 }), (a, b, limit, isLess, n) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const side = isLess ? '<' : '>';
        const condition = { text: '', metric: 'm', side, of: 'difference', limit, isSigned: false } as const;
        const evidence = {
          interval: { mean: (low + high) / 2, low, high },
          n,
          fewest: 20,
          differing: n,
          bounded: false,
        };
        const result = judgeCondition(condition, evidence);
        const isBeyond = (value: number) => (isLess ? value < limit : value > limit);
        const expected =
          n < 20
            ? 'unclear'
            : isBeyond(low) && isBeyond(high)
              ? 'failed'
              : !isBeyond(low) && !isBeyond(high)
                ? 'passed'
                : 'unclear';
        expect(result).toBe(expected);
      }),
    );
  });

  it('takes no score for kept whose loss is too rare for so few samples', () => {
    const condition = parseCondition('reward < -0.02');
    const equal = (n: number) => ({
      interval: { mean: 0, low: 0, high: 0 },
      n,
      fewest: 20,
      differing: 0,
      bounded: true,
    });
    expect([judgeCondition(condition, equal(24)), judgeCondition(condition, equal(150))]).toEqual([
      'unclear',
      'passed',
    ]);
  });

  it('has passed only where every condition is shown to be kept', () => {
    const line = (...results: GateResult[]) =>
      gateLine({ first: 'a', runs: [], checks: results.map((result) => ({ result }) as GateCheck) }, false);
    expect(line('passed', 'passed')).toMatch(/^The gate passed: of 2 checks/);
    expect(line('unclear', 'unclear')).toMatch(/^Nothing is shown/);
    expect(line('passed', 'unclear')).toMatch(/^The gate does not fail, but/);
    expect(line('passed', 'failed', 'unclear')).toMatch(/^The gate FAILED/);
  });

  it('writes no interval whose ends are not numbers that a reader can use', () => {
    const interval = { mean: 2, low: 2.16e-27, high: 176_692_451_078_309 };
    const check = {
      condition: 'throughput < 0.95x',
      run: 'b',
      policy_name: 'p',
      benchmark: 'e',
      confidence: 0.95,
      n: 6,
    };
    expect(checkLine({ ...check, result: 'unclear', interval })).toContain('2.000 [below 0.001, over 1,000]');
    expect([2.16e-27, 6.53, 1.8e14].map(formatRatio)).toEqual(['below 0.001', '6.53', 'over 1,000']);
  });
});
