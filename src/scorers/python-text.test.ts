import { describe, expect, it } from 'vitest';
import { parseInteger, splitWords, strip, stripEnd } from './python-text.ts';

describe('text as Python reads it', () => {
  it('strips what str.isspace names, which is not what JavaScript trims', () => {
    expect(strip('\u0085\u001c a b \u2028')).toBe('a b');
    expect(strip('\ufeffa')).toBe('\ufeffa');
    expect(stripEnd(' a \n')).toBe(' a');
  });

  it('strips given characters from both ends only', () => {
    expect(strip('""a"b"', (character) => character === '"')).toBe('a"b');
  });

  it('splits at runs of whitespace and yields no empty word', () => {
    expect(splitWords('  a\t\nb\u3000c ')).toEqual(['a', 'b', 'c']);
    expect(splitWords(' \n ')).toEqual([]);
  });

  it('reads decimal digits of every script', () => {
    expect(parseInteger('042')).toBe(42);
    expect(parseInteger('٣٤')).toBe(34); // Arabic-Indic
    expect(parseInteger('７')).toBe(7); // fullwidth
    expect(parseInteger('𝟗')).toBe(9); // mathematical bold: five runs of ten without a gap
    expect(parseInteger('𝟷')).toBe(1); // mathematical monospace, the last of them
  });
});
