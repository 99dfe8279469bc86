import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { validate } from '../core/index.ts';

const schema = z.strictObject({
  id: z.string().min(1),
  scorer: z.array(z.enum(['rouge', 'f1'])).nonempty(),
  share: z.number().min(0).max(1).optional(),
  odd: z.custom((value) => value === undefined, { error: 'must not be there' }).optional(),
});
const right = { id: 'a', scorer: ['f1'] };

function wordsFor(changes: object): string {
  try {
    validate(schema, { ...right, ...changes }, 'it');
  } catch (error) {
    return (error as Error).message;
  }
  return 'accepted';
}

describe('what a schema says', () => {
  it.each([
    [{ id: undefined }, 'it: id: is missing'],
    [{ id: '' }, 'it: id: is empty'],
    [{ id: 3 }, 'it: id: must be a text, not 3'],
    [{ scorer: ['rouge', 'f11'] }, 'it: scorer.1: must be one of rouge, f1, not "f11"; did you mean f1?'],
    [{ scorer: [] }, 'it: scorer: needs at least 1'],
    [{ share: 7 }, 'it: share: Too big: expected number to be <=1, not 7'],
    [{ shre: 1 }, 'it: unknown key "shre"'],
    [{ odd: 1 }, 'it: odd: must not be there'],
    [{}, 'accepted'],
  ])('about %j', (changes, words) => {
    expect(wordsFor(changes)).toBe(words);
  });
});
