import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createStops } from './stops.ts';

const letters = (maxLength: number) =>
  fc.array(fc.constantFrom('a', 'b', 'é', '😀'), { maxLength }).map((chars) => chars.join(''));
const stopList = fc.array(
  letters(3).filter((stop) => stop !== ''),
  { maxLength: 3 },
);

/** Reads character by character, as a person would. */
function oracle(text: string, stops: readonly string[]): { text: string; stopped: boolean } {
  for (let end = 1; end <= text.length; end++) {
    const hit = stops.filter((stop) => text.slice(0, end).endsWith(stop)).sort((a, b) => b.length - a.length)[0];
    if (hit !== undefined) return { text: text.slice(0, end - hit.length), stopped: true };
  }
  return { text, stopped: false };
}

describe('createStops', () => {
  it('gives the same text for every cut into pieces', () => {
    fc.assert(
      fc.property(fc.array(letters(5), { maxLength: 12 }), stopList, (pieces, list) => {
        const stops = createStops(list);
        let text = '';
        let stopped = false;
        for (const piece of pieces) {
          const result = stops.push(piece);
          text += result.text;
          stopped ||= result.stopped;
        }
        if (!stopped) text += stops.flush();
        expect({ text, stopped }).toEqual(oracle(pieces.join(''), list));
      }),
      { numRuns: 1000 },
    );
  });

  it('holds back only what could begin a stop string', () => {
    fc.assert(
      fc.property(letters(8), stopList, (text, list) => {
        const result = createStops(list).push(text);
        fc.pre(!result.stopped);
        const held = text.slice(result.text.length);
        expect(held === '' || list.some((stop) => stop.startsWith(held) && stop !== held)).toBe(true);
        for (let start = 0; start < result.text.length; start++)
          expect(list.some((stop) => stop.startsWith(text.slice(start)))).toBe(false);
      }),
    );
  });

  it('lets text go as soon as it cannot be a stop string', () => {
    const stops = createStops(['\n\nUser:']);
    expect(stops.push('one\n').text).toBe('one');
    expect(stops.push('\nUs').text).toBe('');
    expect(stops.push('a').text).toBe('\n\nUsa');
    expect(stops.push('\n\nUser').text).toBe('');
    expect(stops.push(': x')).toEqual({ text: '', stopped: true });
    expect(stops.push('more')).toEqual({ text: '', stopped: true });
  });

  it('refuses an empty stop string', () => {
    expect(() => createStops(['x', ''])).toThrow(expect.objectContaining({ code: 'E_ARGUMENT' }));
  });
});
