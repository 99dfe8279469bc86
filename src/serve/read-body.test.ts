import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBody } from './read-body.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const codeOf = (given: Uint8Array) => {
  const read = readBody(given);
  return 'status' in read ? (read.body.error as { code: string }).code : 'read';
};

describe('a body', () => {
  it('of any JSON is read as it is', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 20 }), (text) => {
        expect(readBody(bytes(text))).toEqual({ body: JSON.parse(text) });
      }),
    );
  });

  it('of anything else is refused, and never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (given) => {
        expect(['read', 'invalid_utf8', 'invalid_json', 'nested_too_deep']).toContain(codeOf(given));
      }),
    );
  });

  it('is nested at most 100 deep, brackets in strings aside', () => {
    const nested = (depth: number) => bytes('['.repeat(depth) + ']'.repeat(depth));
    expect(codeOf(nested(100))).toBe('read');
    expect(codeOf(nested(101))).toBe('nested_too_deep');
    expect(codeOf(bytes(JSON.stringify('[\\"{'.repeat(500))))).toBe('read');
  });
});
