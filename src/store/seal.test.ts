import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { trialOf } from '../../test/crash/folder.ts';
import { readSealed, sealed, sealedDocument, sealOf } from './seal.ts';
import { parseTrial } from './trial-line.ts';

const flipped = (bytes: Buffer, bit: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy.writeUInt8((copy[bit >> 3] as number) ^ (1 << (bit & 7)), bit >> 3);
  return copy;
};

describe('a line with a checksum', () => {
  it('is JSON that other programs read, and ends with the CRC-32 of what stands before it', () => {
    const line = sealed('{"text":"grün 🙂"}');
    expect(line).toMatch(/^\{"text":"grün 🙂","crc":"[0-9a-f]{8}"\}$/);
    expect(Number.parseInt(JSON.parse(line).crc, 16)).toBe(crc32(Buffer.from('{"text":"grün 🙂"')));
  });

  it('gives back what was written, without the checksum', () => {
    const anyObject = fc.object({ maxDepth: 2 }).filter((value) => Object.keys(value).length > 0);
    fc.assert(
      fc.property(anyObject, (value) => {
        const text = JSON.stringify(value);
        fc.pre(text !== '{}');
        expect(readSealed(Buffer.from(sealed(text)))).toEqual({ value: JSON.parse(text), isSealed: true });
      }),
    );
  });

  it('that lost any one bit is no line, or one without a checksum whose content is whole', () => {
    const value = { key: 'a', at: [1, 20, 300], text: 'ü' };
    const line = Buffer.from(sealed(JSON.stringify(value)));
    for (let bit = 0; bit < 8 * line.length; bit++) {
      const read = readSealed(flipped(line, bit));
      if ('problem' in read) continue;
      expect(read.isSealed).toBe(false);
      expect(read.value).toMatchObject(value);
    }
  });

  it('of an older version, which wrote none, is read all the same', () => {
    expect(readSealed(Buffer.from('{"a":1}'))).toEqual({ value: { a: 1 }, isSealed: false });
    expect(sealOf(Buffer.from('{"a":1,"crc":"00000000"}'))).toBe('broken');
  });

  it('stands at the end of a document, too', () => {
    expect(JSON.parse(sealedDocument({ a: 1 }))).toEqual({ a: 1, crc: expect.stringMatching(/^[0-9a-f]{8}$/) });
  });
});

describe('a line whose shape is wrong', () => {
  const turn = {
    ...{ call: 'c', started_at: '2026-01-01T00:00:00.000Z', start: 0, sent: 0, at: [3, 5], tokens: [1, 1], end: 6 },
    ...{ prompt_tokens: 4, completion_tokens: 2, origin: 'engine' },
  };
  const whole = JSON.stringify(trialOf('a', { turns: [turn as never] }));

  it('would be read if it were right', () => {
    expect(parseTrial(Buffer.from(whole))).toMatchObject({ trial: { key: 'a' } });
  });

  it.each([
    ['turns without anything in them', /"turns":\[\{.*?\}\]/, '"turns":[{}]', /turns\[0\]\.call/],
    ['a turn that is no object', /"turns":\[\{.*?\}\]/, '"turns":[null]', /turns\[0\]/],
    ['an end before its start', '"end":6', '"end":-5', /turns\[0\]\.end/],
    ['a number beyond all numbers', '"end":6', '"end":1e309', /turns\[0\]\.end/],
    ['a time that is a text', '"at":[3,5]', '"at":[3,"5"]', /turns\[0\]\.at/],
    ['tokens that are null', '"tokens":[1,1]', '"tokens":null', /turns\[0\]\.tokens/],
    ['params that are null', '"params":{}', '"params":null', /params/],
    ['a sum that is a text', '"sums":{}', '"sums":{"passes":"5"}', /counters\[0\]\.sums/],
    ['a tally that is a number', '"tallies":{}', '"tallies":{"exits":5}', /counters\[0\]\.tallies/],
    ['a call that is a number', '"calls":[]', '"calls":[5]', /counters\[0\]\.calls/],
    ['a score that is a text', '"scores":{}', '"scores":{"f1":"1"}', /scores/],
    ['a score beyond all numbers', '"scores":{}', '"scores":{"f1":1e309}', /scores/],
    ['a time of day that is none', '"ended_at":"2026', '"ended_at":"x2026', /ended_at/],
    ['an origin that nobody knows', '"engine"}]', '"oracle"}]', /turns\[0\]\.origin/],
    ['an answer that is a number', /"answer":\{.*?\}/, '"answer":5', /answer/],
  ])('holds no trial and says what is wrong: %s', (_, from, to, words) => {
    const changed = whole.replace(from as string, to as string);
    expect(changed).not.toBe(whole);
    expect(parseTrial(Buffer.from(changed))).toEqual({ problem: expect.stringMatching(words as RegExp) });
  });

  it('is no error of its own, whatever stands in its fields', () => {
    const value = JSON.parse(whole);
    const places: [object, string][] = [];
    const collect = (node: object) => {
      for (const [name, inner] of Object.entries(node)) {
        places.push([node, name]);
        if (inner !== null && typeof inner === 'object') collect(inner);
      }
    };
    collect(value);
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.jsonValue(), ([node, name], other) => {
        const before = Reflect.get(node, name);
        Reflect.set(node, name, other);
        expect(() => parseTrial(Buffer.from(JSON.stringify(value)))).not.toThrow();
        Reflect.set(node, name, before);
      }),
      { numRuns: 300 },
    );
  });
});
