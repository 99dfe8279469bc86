import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainText } from './plain-text.ts';

describe('text from outside', () => {
  it.each([
    ['a sentence stays', 'Grüße, 😀 and "quotes" | <b>', 'Grüße, 😀 and "quotes" | <b>'],
    [
      'lines become one',
      'bad\n\n  model group\r\nfailed\u2028here\tand there ',
      'bad model group failed here and there',
    ],
    ['a colour is shown', '\u001b[31mred\u001b[0m', '\\u001b[31mred\\u001b[0m'],
    ['a title and a bell', '\u001b]0;owned\u0007', '\\u001b]0;owned\\u0007'],
    ['an 8-bit CSI', 'a\u009b2Jb', 'a\\u009b2Jb'],
    ['the direction of writing', 'exe\u202egpj.', 'exe\\u202egpj.'],
    ['half a pair', 'x\ud83dy', 'x\\ud83dy'],
    ['a carriage return that would overwrite', 'harmless\rerased', 'harmless erased'],
  ])('%s', (_, dirty, clean) => {
    expect(plainText(dirty)).toBe(clean);
  });

  it('is cut at its limit, but no character is', () => {
    expect(plainText('abcdef', 3)).toBe('abc…');
    expect(plainText('ab😀cd', 3)).toBe('ab…');
    expect(plainText('abc', 3)).toBe('abc');
  });

  it('never holds a character that acts, whatever comes, and stays as it is the second time', () => {
    const any = fc.string({
      unit: fc.oneof(
        fc.nat(0x30ff).map((c) => String.fromCharCode(c)),
        fc.constantFrom('\ud83d', '\u001b', '😀'),
      ),
    });
    fc.assert(
      fc.property(any, (text) => {
        const plain = plainText(text);
        for (const character of plain) {
          const code = character.codePointAt(0)!;
          expect(code < 32 || (code >= 127 && code < 160) || (code >= 0x2028 && code <= 0x202e)).toBe(false);
          expect(code >= 0xd800 && code <= 0xdfff).toBe(false);
        }
        expect(plainText(plain)).toBe(plain);
      }),
      { numRuns: 300 },
    );
  });
});
