import { describe, expect, it } from 'vitest';
import { createGraphCache } from './graph-cache.ts';

/** A cache over an arena whose memory moves when the test says so; which graphs are freed stands in `freed`. */
function testBed(limit = 3) {
  const cache = createGraphCache<{ name: string; free(): void }>(limit);
  const freed: string[] = [];
  let generation = 0;
  let built = 0;
  const make = (key: string, moves = false, fails = false) =>
    cache.get(
      { key, buffers: [1] },
      () => {
        if (moves) generation++;
        if (fails) throw new Error('no room');
        const name = `${key}${++built}`;
        return { name, free: () => freed.push(name) };
      },
      () => generation,
    ).name;
  return { cache, freed, make };
}

describe('createGraphCache', () => {
  it('keeps graphs up to its limit, those used last', () => {
    const { freed, make } = testBed(2);
    expect([make('a'), make('b'), make('a'), make('c'), make('a')]).toEqual(['a1', 'b2', 'a1', 'c3', 'a1']);
    expect(freed).toEqual(['b2']);
  });

  it('drops every older graph when building one moved the memory', () => {
    const { freed, make } = testBed();
    expect([make('a'), make('b', true), make('a'), make('b')]).toEqual(['a1', 'b2', 'a3', 'b2']);
    expect(freed).toEqual(['a1']);
  });

  it('gives no graph whose memory moved while another could not be built', () => {
    const { cache, freed, make } = testBed();
    make('a');
    make('b');
    expect(() => make('c', true, true)).toThrow('no room');
    expect(make('a')).toBe('a3');
    expect(freed).toEqual(['a1', 'b2']);
    expect(cache.size).toBe(1);
    expect(make('b')).toBe('b4');
  });
});
