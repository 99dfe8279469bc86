import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rouge, rougeTokens } from './rouge.ts';

const reference = 'police killed the gunman';

describe('ROUGE', () => {
  it("gives the values of the paper's example (Lin 2004, §3)", () => {
    const second = rouge('police kill the gunman', reference);
    const third = rouge('the gunman kill police', reference);
    expect(second.rougeL.f1).toBeCloseTo(3 / 4, 12);
    expect(third.rougeL.f1).toBeCloseTo(2 / 4, 12);
    expect(second.rouge2.f1).toBeCloseTo(1 / 3, 12);
    expect(third.rouge2.f1).toBeCloseTo(1 / 3, 12);
  });

  it("takes the union of subsequences over lines, as in the paper's §3.2", () => {
    const { rougeLsum } = rouge('w1 w2 w6 w7 w8\nw1 w3 w8 w9 w5', 'w1 w2 w3 w4 w5');
    expect(rougeLsum.recall).toBeCloseTo(4 / 5, 12);
    expect(rougeLsum.precision).toBeCloseTo(4 / 10, 12);
  });

  it('clips: a reference line repeated counts no more often than the prediction holds it', () => {
    const { rougeLsum } = rouge('a b', 'a b\na b');
    expect(rougeLsum).toMatchObject({ precision: 1, recall: 0.5 });
  });

  it('counts n-grams as multisets', () => {
    const { rouge1 } = rouge('the the the', 'the cat the');
    expect(rouge1.precision).toBeCloseTo(2 / 3, 12);
    expect(rouge1.recall).toBeCloseTo(2 / 3, 12);
  });

  it('stems words of more than three letters only', () => {
    expect(rougeTokens('The ties ran: flies, its', { stem: true })).toEqual(['the', 'tie', 'ran', 'fli', 'its']);
    expect(rouge('kills', 'killed', { stem: true }).rouge1.f1).toBe(1);
    expect(rouge('kills', 'killed').rouge1.f1).toBe(0);
  });

  it('drops every letter outside a–z', () => {
    expect(rougeTokens('Größe 12½ naïve')).toEqual(['gr', 'e', '12', 'na', 've']);
  });

  it('gives zeros where a side has no token', () => {
    for (const [a, b] of [
      ['', 'x'],
      ['x', ''],
      ['', ''],
      ['…', 'x'],
    ] as const)
      for (const score of Object.values(rouge(a, b))) expect(score).toEqual({ precision: 0, recall: 0, f1: 0 });
  });

  it('precision one way is recall the other way, and all values lie in [0, 1]', () => {
    const text = fc
      .array(fc.constantFrom('a', 'b', 'c', 'bee\n', '\n', '.'), { maxLength: 30 })
      .map((words) => words.join(' '));
    fc.assert(
      fc.property(text, text, (a, b) => {
        const [there, back] = [rouge(a, b), rouge(b, a)];
        for (const name of ['rouge1', 'rouge2', 'rougeL'] as const) {
          expect(there[name].precision).toBe(back[name].recall);
          expect(there[name].f1).toBeCloseTo(back[name].f1, 12);
        }
        for (const { precision, recall, f1 } of Object.values(there))
          for (const value of [precision, recall, f1]) {
            expect(value).toBeGreaterThanOrEqual(0);
            expect(value).toBeLessThanOrEqual(1);
          }
      }),
    );
  });
});
