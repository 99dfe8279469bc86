import { describe, expect, it } from 'vitest';
import { exactReward, goldAnswers, matchesBareAnswer } from './exact-reward.ts';
import { readExtractorReply } from './extractor-reply.ts';

const reply = (...answers: unknown[]) => JSON.stringify({ extracted_answers: answers });
const byModel = (text: string, parser?: 'released' | 'intended') =>
  ({ extractor: 'llm', reply: text, parser }) as const;

describe('the gold', () => {
  it('is a list; null in front means None', () => {
    expect(goldAnswers('A1')).toEqual(['A1']);
    expect(goldAnswers(null)).toEqual(['None']);
    expect(goldAnswers([null])).toEqual(['None']);
    expect(goldAnswers(['A1', 'B2'])).toEqual(['A1', 'B2']);
    expect(() => goldAnswers([])).toThrowError(expect.objectContaining({ code: 'E_DATA' }));
  });
});

describe('the exact reward', () => {
  it('takes a bare answer, quoted or not, without an extractor', () => {
    for (const text of ['A1', ' A1\n', '"A1"', `"'A1'"`]) expect(matchesBareAnswer(text, ['A1'])).toBe(true);
    expect(matchesBareAnswer(`'"A1"'`, ['A1'])).toBe(false); // double quotes are stripped first
    expect(matchesBareAnswer('A1, B2', ['A1', 'B2'])).toBe(false);
    expect(exactReward('case_routing', 'A1', ['A1'], { extractor: 'rules' }).extractor).toBe('shortcut');
  });

  it('compares multisets: order is free, case and duplicates count', () => {
    const gold = ['A1', 'B2'];
    const reward = (...answers: unknown[]) => exactReward('x', 'text', gold, byModel(reply(...answers))).reward;
    expect(reward('B2', 'A1')).toBe(1);
    expect(reward('A1')).toBe(0);
    expect(reward('A1', 'B2', 'B2')).toBe(0);
    expect(reward('a1', 'B2')).toBe(0);
  });

  it('names the exception on which the official runner records 0', () => {
    const raised = (text: string) => exactReward('x', 'text', ['A1'], byModel(text)).raised;
    expect(raised(reply('A1', null))).toBe('TypeError');
    expect(raised(reply())).toBe('IndexError');
    expect(raised('{"extracted_answers": 5}')).toBe('TypeError');
    expect(raised('{"extracted_answers": {"a": 1}}')).toBe('KeyError');
    expect(raised(reply('B2'))).toBeUndefined();
  });

  it('uses our rules where no model is asked, and says so', () => {
    const gold = ['005AA00000ZzZz1QAB'];
    const text = 'The best agent is 005AA00000ZzZz1QAB.';
    expect(exactReward('case_routing', text, gold, { extractor: 'rules' })).toEqual({
      reward: 1,
      parsed: gold,
      extractor: 'rules',
    });
  });
});

describe('a reply that is no JSON', () => {
  it.each([
    ['```json\n["A1", "B2"]\n```', ['A1', 'B2']],
    ['[A1, , ]', ['A1']],
    ['the answers are "A1"', ['the answers are "A1']],
    ["'A1'", ['A1']],
    ['[None]', ['None']],
    ['[]', ['None']],
    ['', ['None']],
  ])('%j as intended: the repair finds %j', (text, expected) => {
    expect(readExtractorReply(text, 'intended')).toEqual({ answers: expected });
  });

  it.each([
    ['[A1]', ['[A1]']],
    [' A1\n', ['A1']],
    ['None', ['None']],
    [' ', ['None']],
    ['[None]', ['[None]']],
  ])('%j as released: the raw text is one answer, %j', (text, expected) => {
    expect(readExtractorReply(text)).toEqual({ answers: expected });
  });

  it('JSON without the key is no proper reply either', () => {
    expect(readExtractorReply('{"answers": ["A1"]}')).toEqual({ answers: ['{"answers": ["A1"]}'] });
    expect(readExtractorReply('["A1"]', 'intended')).toEqual({ answers: ['A1'] });
    expect(readExtractorReply('{"extracted_answers": [null]}')).toEqual({ answers: ['None'] });
  });
});
