import { describe, expect, it } from 'vitest';
import { readVariables } from './read-variables.ts';

describe('variables of a project', () => {
  it.each(['{change_errors: 4}', '{"change_errors": 4}', 'change_errors: 4'])('%s is a map', (text) => {
    expect(readVariables(text)).toEqual({ change_errors: 4 });
  });

  it.each(['4', '[1]', '', '{a: [', 'a: b: c'])('%j is none', (text) => {
    expect(() => readVariables(text)).toThrow(expect.objectContaining({ code: 'E_ARGUMENT' }));
  });
});
