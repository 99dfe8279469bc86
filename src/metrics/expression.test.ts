import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExpressionError, parseExpression } from './expression.ts';

const scope: Record<string, number> = { a: 3, b: 4, zero: 0 };
const value = (text: string) => parseExpression(text).value((name) => scope[name]);

describe('an expression', () => {
  it.each([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['10 - 2 - 3', 5],
    ['2 ^ 3 ^ 2', 512],
    ['-2 ^ 2', -4],
    ['7 % 4', 3],
    ['a / b', 0.75],
    ['.5e1', 5],
    ['a < b and not (a = b)', 1],
    ['a >= b or b != 4', 0],
    ['if(a > b, 1, min(a, b, 2))', 2],
    ['sqrt(a ^ 2 + b ^ 2)', 5],
    ['round(2.4) + floor(2.9) + ceil(2.1)', 7],
    ['log2(8) + log10(100) + ln(exp(1))', 6],
    ['a / zero', undefined],
    ['missing + 1', undefined],
    ['coalesce(missing, a)', 3],
    ['coalesce(a / zero, 9)', 9],
    ['if(missing, 1, 2)', undefined],
    ['sqrt(-1)', undefined],
    ['10 ^ 400', undefined],
  ])('%s is %s', (text, wanted) => expect(value(text)).toBe(wanted));

  it('says what it reads', () => {
    expect(parseExpression('a + a / max(b, counter_passes)').columns).toEqual(['a', 'b', 'counter_passes']);
  });

  it.each([
    ['', 'the end', 0],
    ['1 +', 'the end', 3],
    ['(a', 'expected )', 2],
    ['a b', 'did not expect b', 2],
    ['median(a)', 'no function median', 0],
    ['min(a)', '2 to 8', 0],
    ['a @ b', '"@"', 2],
    ["read_text('/etc/passwd')", '"\'"', 10],
    ['1e999', 'no number', 0],
    ['1; DROP VIEW trials', '";"', 1],
    ['constructor(1)', 'no function constructor', 0],
    ['a.b', 'means nothing', 1],
    ['a[0]', 'means nothing', 1],
    ['x => x', 'expected a number', 3],
    ['and', 'expected a number', 0],
  ])('%s is refused, with the place', (text, message, at) => {
    const refused = (() => {
      try {
        return parseExpression(text);
      } catch (error) {
        return error;
      }
    })();
    expect(refused).toBeInstanceOf(ExpressionError);
    expect((refused as ExpressionError).message).toContain(message);
    expect((refused as ExpressionError).at).toBe(at);
  });

  it('is bounded in length and depth', () => {
    expect(() => parseExpression('1+'.repeat(300))).toThrow('longer than');
    expect(() => parseExpression('('.repeat(200))).toThrow('too deeply');
    expect(() => parseExpression('-'.repeat(390))).toThrow('too deeply');
    expect(() => parseExpression(`${'2^'.repeat(190)}2`)).toThrow('too deeply');
    expect(value(`${'1+'.repeat(190)}1`)).toBe(191);
  });

  it('means what JavaScript means by the same arithmetic', () => {
    const leaf = fc.oneof(fc.integer({ min: 0, max: 99 }).map(String), fc.constantFrom('a', 'b'));
    const { text } = fc.letrec((tie) => ({
      text: fc.oneof({ maxDepth: 4 }, leaf, tie('sum'), tie('group')),
      sum: fc.tuple(tie('text'), fc.constantFrom('+', '-', '*', '/'), tie('text')).map((all) => all.join(' ')),
      group: tie('text').map((inner) => `(${inner})`),
    }));
    fc.assert(
      fc.property(text as fc.Arbitrary<string>, (given) => {
        if (given.length > 400) return;
        const oracle = new Function('a', 'b', `return ${given}`)(3, 4);
        expect(value(given)).toBe(Number.isFinite(oracle) ? oracle : undefined);
      }),
      { numRuns: 300 },
    );
  });

  it('fails in its own way only, whatever it is given', () => {
    const words = fc.constantFrom(
      'a',
      '1',
      '(',
      ')',
      ',',
      '+',
      '-',
      'not',
      'if',
      '^',
      '=',
      ' ',
      '"',
      '__proto__',
      '\u202e',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(words).map((all) => all.join('')),
        ),
        (given) => {
          try {
            const found = parseExpression(given).value(() => 1);
            expect(found === undefined || Number.isFinite(found)).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(ExpressionError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
