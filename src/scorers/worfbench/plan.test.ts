import { describe, expect, it } from 'vitest';
import { parsePlan } from './plan.ts';

const plan = (nodes: string, edges = '(START,1)') => parsePlan(`Node:\n${nodes}\nEdges: ${edges}`);

describe('reading a plan', () => {
  it('takes numbered lines in document order, whatever their numbers, between START and END', () => {
    expect(plan('2: Boil water\n1. Add tea  \n', '(START,2) (2, 1) ( 1 ,END)')).toEqual({
      nodes: ['START', 'Boil water', 'Add tea', 'END'],
      edges: [
        [0, 2],
        [2, 1],
        [1, 3],
      ],
    });
  });

  it.each([
    ['no word Node', '1: Boil water\n(START,1)'],
    ['node in lower case only', 'node:\n1: Boil water\n(START,1)'],
    ['no edge', 'Node:\n1: Boil water'],
    ['edges in square brackets', 'Node:\n1: Boil water\n[START,1]'],
    ['edges in lower case', 'Node:\n1: Boil water\n(start,1)'],
    ['nothing', ''],
  ])('is impossible with %s', (_, text) => expect(parsePlan(text)).toBeNull());

  it('wants a space after the number, and ends a node at a line feed only', () => {
    expect(plan('1.Boil water\n2) Add tea')?.nodes).toEqual(['START', 'END']);
    expect(plan('1: a\u2028b\r\n2: c')?.nodes).toEqual(['START', 'a\u2028b', 'c', 'END']);
  });

  it('takes times and preambles for nodes, and pairs inside node texts for edges, as the official program does', () => {
    const read = parsePlan('Here are 3: steps\nNode:\n1: Meet at 10: 30 (2,3)\n(START,1)');
    expect(read?.nodes).toEqual(['START', 'steps', 'Meet at 10: 30 (2,3)', 'END']);
    expect(read?.edges).toEqual([
      [2, 3],
      [0, 1],
    ]);
  });

  it('checks no range and keeps duplicates', () => {
    expect(plan('1: a', '(9,9) (1,END) (1,END)')?.edges).toEqual([
      [9, 9],
      [1, 2],
      [1, 2],
    ]);
  });

  it('reads digits of other scripts', () => {
    expect(plan('١: a', '(START,١)')).toEqual({ nodes: ['START', 'a', 'END'], edges: [[0, 1]] });
  });
});
