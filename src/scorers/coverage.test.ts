import { describe, expect, it } from 'vitest';
import { coverage, coverages, coveredConcepts, type Lexicon } from './coverage.ts';
import { lexicons } from './lexicons/index.ts';

const shop: Lexicon = {
  name: 'shop',
  about: 'a test',
  source: 'this test',
  concepts: { refund: ['refund', 'money back'], delay: ['late', 'delay'], anger: ['not happy'], list: ['ITEM'] },
};

describe('lexical coverage', () => {
  it('is the share of concepts mentioned at least once', () => {
    expect(coverage('We refund the delayed parcel.', shop)).toBe(2 / 4);
    expect(coverage('Refunds, refunds, refunds', shop)).toBe(1 / 4);
    expect(coverage('', shop)).toBe(0);
  });

  it('compares stems, and phrases word by word', () => {
    expect(coveredConcepts('They were refunding us', shop)).toEqual(['refund']);
    expect(coveredConcepts('You get your money back', shop)).toEqual(['refund']);
    expect(coveredConcepts('money came back', shop)).toEqual([]);
    expect(coveredConcepts('money. Back then', shop)).toEqual([]);
  });

  it.each(['We cannot offer a refund', "We don't refund", 'no delay', 'There was never any delay', 'without a refund'])(
    'a negated mention is none: %s',
    (text) => expect(coverage(text, shop)).toBe(0),
  );

  it.each(['No, a refund is due', 'We do not ship, but refund', 'not only a refund', 'Not that we mind it: refund'])(
    'a negation ends with its clause: %s',
    (text) => expect(coveredConcepts(text, shop)).toContain('refund'),
  );

  it('a phrase may hold its own negation', () => {
    expect(coveredConcepts('I am not happy', shop)).toEqual(['anger']);
    expect(coveredConcepts('I am happy', shop)).toEqual([]);
  });

  it('sees layout marks', () => {
    expect(coveredConcepts('- one\n- two', shop)).toEqual(['list']);
    expect(coveredConcepts('1. one', shop)).toEqual(['list']);
    expect(coveredConcepts('ITEM one - two', shop)).toEqual([]);
    const structure = lexicons.find((lexicon) => lexicon.name === 'structure_coverage') as Lexicon;
    const text = '## Plan\n\nFirst, check the log.\n\n**Then:**\n- restart';
    expect(coveredConcepts(text, structure)).toEqual(['list', 'heading', 'paragraph', 'opening', 'sequence']);
  });
});

describe('the lexicons', () => {
  it('are those of the business metrics, each with a source note and at least ten concepts', () => {
    expect(lexicons.map((lexicon) => lexicon.name)).toEqual([
      'customer_service_coverage',
      'sales_coverage',
      'support_coverage',
      'retention_coverage',
      'analytical_coverage',
      'structure_coverage',
    ]);
    for (const lexicon of lexicons) {
      expect(lexicon.source).toMatch(/^Our own list/);
      expect(Object.keys(lexicon.concepts).length).toBeGreaterThanOrEqual(10);
    }
  });

  it.each(
    lexicons.flatMap((lexicon) =>
      Object.entries(lexicon.concepts).flatMap(([concept, phrases]) =>
        phrases.map((phrase) => [lexicon.name, concept, phrase] as const),
      ),
    ),
  )('%s: %s is found by "%s"', (name, concept, phrase) => {
    const lexicon = lexicons.find((one) => one.name === name) as Lexicon;
    const layout: Record<string, string> = { ITEM: '- x', HEADING: '# x', PARAGRAPH: 'x\n\ny' };
    expect(coveredConcepts(layout[phrase] ?? `Well: ${phrase.toUpperCase()}.`, lexicon)).toContain(concept);
  });

  it('tell a reply to a customer from unrelated prose', () => {
    const reply =
      'Dear Ms Ito, thank you for your message. I am sorry about the delay with your order. I have checked it and will ' +
      'arrange a refund within two business days. Please let us know if we can help further.';
    const prose = 'The river bends north below the old mill and the valley opens toward the sea.';
    const scores = coverages(reply, lexicons);
    expect(scores.customer_service_coverage).toBeGreaterThanOrEqual(0.8);
    expect(coverages(prose, lexicons).customer_service_coverage).toBe(0);
    for (const lexicon of lexicons) expect(scores[lexicon.name]).toBe(coverage(reply, lexicon));
  });
});

describe('of several lexicons', () => {
  const lexicon = (name: string, word: string) => ({ name, about: '', source: '', concepts: { [word]: [word] } });
  it('is that of each alone, also after the list has grown', () => {
    const list = [lexicon('first', 'refund')];
    const text = 'a refund and no delay, but a voucher';
    expect(coverages(text, list)).toEqual({ first: 1 });
    list.push(lexicon('second', 'voucher'), lexicon('third', 'delay'));
    expect(coverages(text, list)).toEqual({ first: 1, second: 1, third: 0 });
    for (const one of list) expect(coverage(text, one)).toBe(coverages(text, list)[one.name]);
  });
});
