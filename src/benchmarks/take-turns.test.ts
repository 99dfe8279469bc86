import fc from 'fast-check';
import { expect, it } from 'vitest';
import { takeTurns } from './take-turns.ts';

const samples = fc.array(fc.record({ id: fc.nat(), family: fc.constantFrom('a', 'b', 'c') }));

it('keeps every sample once, and the order within a family', () => {
  fc.assert(
    fc.property(samples, (given) => {
      const taken = takeTurns(given);
      expect(taken).toHaveLength(given.length);
      for (const family of ['a', 'b', 'c'])
        expect(taken.filter((sample) => sample.family === family)).toEqual(
          given.filter((sample) => sample.family === family),
        );
    }),
  );
});

it('holds equal shares in any first n while no family is used up', () => {
  const given = ['a', 'a', 'a', 'b', 'b', 'b'].map((family, id) => ({ id, family }));
  expect(takeTurns(given).map((sample) => sample.family)).toEqual(['a', 'b', 'a', 'b', 'a', 'b']);
});

it('takes an empty list', () => {
  expect(takeTurns([])).toEqual([]);
});
