import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { count } from '../../test/support/depth.ts';
import { scorers } from '../benchmarks/own-file/scorers.ts';
import { TtcError } from '../core/index.ts';
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

/** What the scorers of a user's own file give, and the plan of a text against itself where it is one. */
function ownValues(a: string, b: string): number[] {
  const plan = parsePlan(a);
  const own = Object.values(scorers).flatMap((scorer) => Object.values(scorer.score(a, b)));
  const self = plan && plan.nodes.length < 300 ? scorePlan(gold, plan) : undefined;
  return [...own, ...(self ? [self.chain.f1, self.graph.f1, self.graphMapped.f1] : [])];
}

/** Shares, or an error with a code: nothing else may come of any text. */
function expectSharesOrCode(values: () => number[]): void {
  try {
    expectShares(values());
  } catch (error) {
    if (!(error instanceof TtcError)) throw error;
    expect(error.code).toBe('E_SCORE');
  }
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

/** Texts that a model, a server or a file may give: every kind of them, and numbers as texts. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.string({ unit: 'grapheme', maxLength: 400 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 200 }).map((codes) => String.fromCharCode(...codes)),
  fc.string({
    unit: fc.constantFrom(...'\u0000\u0007\u001b\u0085\u2028\ufeff\u202e\u0301\r\n\t .,:;()[]<>`\'"'),
    maxLength: 400,
  }),
  fc.oneof(fc.double(), fc.bigInt(), fc.constantFrom('NaN', '1e309', '-0', '0x1F', '٣٫١٤', '½', '一二三')).map(String),
  fc.constantFrom(
    '',
    'null',
    'undefined',
    '__proto__',
    'constructor',
    'toString',
    '[object Object]',
    '{"extracted_answers":[]}',
  ),
);

const longText = (unit: string, length: number) => unit.repeat(Math.ceil(length / unit.length));

describe('hostile texts', () => {
  it('many of them in every scorer, on either side: finite shares, or an error with a code', () => {
    fc.assert(
      fc.property(hostile, hostile, (a, b) => {
        expectSharesOrCode(() => allValues(a, b));
        expectSharesOrCode(() => ownValues(a, b));
        expectSharesOrCode(() => ownValues(a, a));
      }),
      { numRuns: count(50, 200) },
    );
  });

  it.each([
    ['words', 'alpha beta gamma '],
    ['marks', '.,;-'],
    ['zeros', '\u0000'],
    ['faces', '🙂'],
    ['accents', 'e\u0301\u0302'],
    ['steps', 'Node 1: a\n(START,1)'],
    ['edges', 'Node (1,1)'],
    ['fences', '``` '],
  ])('very many %s, as answer and as reference', (_, unit) => {
    const text = longText(unit, count(2e4, 1e5));
    for (const [a, b] of [
      [text, 'Open the door, then close it.'],
      ['Open the door, then close it.', text],
    ] as const)
      expectSharesOrCode(() => [...allValues(a, b), ...ownValues(a, b)]);
  });

  it('very much of all that at once', () => {
    const text = longText('alpha ., 1: a\n(START,1) 🙂\u0000 e\u0301``` ', count(2e5, 1e6));
    expectSharesOrCode(() => [...allValues(text, 'alpha a e'), ...ownValues(text, 'alpha a e')]);
  });

  it('two megabytes of words that hardly agree are refused with a code', () => {
    const [a, b] = [longText('a b c d ', 1e6), longText('d c b a ', 1e6)];
    expect(() => rouge(a, b)).toThrow(expect.objectContaining({ code: 'E_SCORE' }));
  });

  it('many lines are refused by ROUGE-Lsum alone, with a code', () => {
    const lines = (first: string) => Array.from({ length: 1000 }, (_, i) => `${first} ${i} of many`).join('\n');
    const scores = rouge(lines('line'), lines('row'));
    expect(scores.rougeL.f1).toBeGreaterThan(0);
    expect(() => scores.rougeLsum).toThrow(expect.objectContaining({ code: 'E_SCORE' }));
  });
});

describe('extreme texts', () => {
  it('no scorer throws, and all values lie in [0, 1]', () => {
    fc.assert(
      fc.property(anyText, anyText, (a, b) => expectShares(allValues(a, b))),
      { numRuns: count(80, 300) },
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
