import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  chrf,
  cleanQuery,
  coverages,
  exactMatch,
  exactReward,
  extractByRules,
  fuzzyReward,
  lexicons,
  normalisedMatch,
  parseAction,
  parsePlan,
  readExtractorReply,
  readGoldPlan,
  refusesByRules,
  rouge,
  scorePlan,
  sentenceBleu,
  stem,
  tokenF1,
} from './index.ts';

const gold = readGoldPlan('Node:\n1: Open the door\n2: Close the door\nEdges: (START,1) (1,2) (2,END)');

/** Every scorer's values for a pair of texts, scaled to [0, 1]. */
function allValues(a: string, b: string): number[] {
  const { chain, graph, graphMapped } = scorePlan(gold, parsePlan(a));
  const { raised: _, ...fuzzy } = fuzzyReward(a, b);
  parseAction(a);
  cleanQuery(a);
  readExtractorReply(a, 'intended');
  extractByRules('best_region_identification', a);
  return [
    ...Object.values(rouge(a, b, { stem: true })).flatMap((score) => Object.values(score)),
    ...Object.values(tokenF1(a, b)),
    ...[chain, graph, graphMapped].flatMap((score) => Object.values(score)),
    ...Object.values(fuzzy),
    ...Object.values(coverages(a, lexicons)),
    sentenceBleu(a, b).bleu / 100,
    chrf(a, b, { wordOrder: 2 }) / 100,
    exactMatch(a, b),
    normalisedMatch(a, b),
    exactReward('case_routing', a, [b], { extractor: 'llm', reply: a }).reward,
    refusesByRules(a),
  ];
}

function expectShares(values: readonly number[]): void {
  for (const value of values) {
    expect(value).toBeGreaterThanOrEqual(0);
    expect(value).toBeLessThanOrEqual(1 + 1e-12);
  }
}

/** Any code points, lone surrogates among them, and fragments the parsers look for. */
const anyText = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code)),
      fc.constantFrom(
        'Node:\n',
        '1: ',
        '٣. x\n',
        '(START,1)',
        '(1,END)',
        '(7,7)',
        '<respond>',
        '</respond>',
        '```',
        '{"extracted_answers":',
        '[',
        ']',
        'a',
        ' ',
      ),
    ),
    { maxLength: 40 },
  )
  .map((pieces) => pieces.join(''));

describe('extreme texts', () => {
  it('no scorer throws, and all values lie in [0, 1]', () => {
    fc.assert(
      fc.property(anyText, anyText, (a, b) => expectShares(allValues(a, b))),
      { numRuns: 300 },
    );
  });

  it.each([
    ['empty', ''],
    ['spaces', ' '.repeat(100_000)],
    ['one word', 'a'.repeat(100_000)],
    ['one digit', '7'.repeat(100_000)],
    ['brackets', '('.repeat(50_000)],
    ['opening tags', '<execute>'.repeat(20_000)],
    ['newlines', '\n'.repeat(50_000)],
    ['many words', Array.from({ length: 20_000 }, (_, i) => `w${i % 1000}`).join(' ')],
    ['many steps', `Node:\n${Array.from({ length: 2000 }, (_, i) => `${i}: Open the door`).join('\n')}\n(START,1)`],
    ['many lines', Array.from({ length: 2000 }, (_, i) => `line ${i % 7} of many`).join('\n')],
  ])('%s: scored without an error and in no more than a moment', (_, text) => {
    expectShares(allValues(text, 'Open the door, then close the door.'));
    expectShares(allValues('Open the door, then close the door.', text));
  });

  it('a stem is never longer than its word', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(stem(text).length).toBeLessThanOrEqual(text.toLowerCase().length);
      }),
    );
  });
});
