import { describe, expect, it } from 'vitest';
import { cleanQuery, parseAction } from './action.ts';

describe("an agent's message", () => {
  it('runs the first query, wherever it stands, before it gives an answer', () => {
    expect(parseAction('<respond>42</respond> <execute> a\nb </execute><execute>c</execute>')).toEqual({
      name: 'execute',
      content: 'a\nb',
    });
    expect(parseAction('<thought>so</thought><respond> 42 </respond>')).toEqual({ name: 'respond', content: '42' });
  });

  it('falls back to the answer where the query is empty or not closed', () => {
    expect(parseAction('<execute> </execute><respond>42</respond>')?.name).toBe('respond');
    expect(parseAction('<execute>a<respond>42</respond>')?.name).toBe('respond');
  });

  it.each(['', 'None', '<respond>', '<Respond>42</Respond>', '<respond >42</respond>', '</respond>42<respond>'])(
    '%j is invalid',
    (text) => expect(parseAction(text)).toBeNull(),
  );
});

describe('a query', () => {
  it.each([
    ['Sure:\n```sql\nSELECT Id\n  FROM Lead\n```\ndone', 'SELECT Id FROM Lead'],
    ['```SELECT 1``` and ```SELECT 2```', 'SELECT 1'],
    ['SELECT  Id', 'SELECT  Id'],
    ['FIND {a  b} ```x```', 'FIND {a  b} ```x```'],
    ['```SELECT 1', '```SELECT 1'],
    // The official program takes the block, and nothing is left of it.
    ['``` ```', ''],
    ['```sql\n\n```', ''],
    ['so: ```SOQL ``` or ```SELECT 1```', ''],
    // A block needs a character: with none, the tag is the query, and six backticks are no block.
    ['```sql```', 'sql'],
    ['``````', '``````'],
    ['``````sql SELECT 1```', '```sql SELECT 1'],
    ['``` sql SELECT 1```', 'sql SELECT 1'],
  ])('%j runs as %j', (text, expected) => expect(cleanQuery(text)).toBe(expected));
});
