import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSseParser } from './sse.ts';

type Seen = ['event', data: string, name: string] | ['comment', text: string];

function parse(chunks: readonly Buffer[]): Seen[] {
  const seen: Seen[] = [];
  const parser = createSseParser({
    event: (data, name) => seen.push(['event', data, name]),
    comment: (text) => seen.push(['comment', text]),
  });
  for (const chunk of chunks) parser.push(chunk);
  parser.end();
  return seen;
}

const bytes = (text: string) => Buffer.from(text);
const singly = (whole: Buffer) => Array.from(whole, (_, i) => whole.subarray(i, i + 1));

/** Pieces end at line ends, as servers write: the i-th line feed ends one where `ends` says so. */
function linewise(whole: Buffer, ends: readonly boolean[]): Buffer[] {
  const feeds = Array.from(whole, (byte, i) => (byte === 10 ? i + 1 : 0)).filter((end) => end > 0);
  return cut(
    whole,
    feeds.filter((_, i) => ends[i % ends.length]),
  );
}

function cut(whole: Buffer, at: readonly number[]): Buffer[] {
  const places = [...new Set(at.map((place) => place % (whole.length + 1)))].sort((a, b) => a - b);
  return [...places, whole.length].map((to, i) => whole.subarray(i === 0 ? 0 : places[i - 1], to));
}

/** The specification's own way: whole text, one line at a time. Knows nothing of pieces. */
function oracle(whole: Buffer): Seen[] {
  const seen: Seen[] = [];
  const text = new TextDecoder('utf-8').decode(whole);
  let data: string[] | undefined;
  let name = '';
  for (const line of [...text.split(/\r\n|\r|\n/), '']) {
    const match = /^([^:]*)(?::(?: ?)([\s\S]*))?$/.exec(line)!;
    const [, field = '', value = ''] = match;
    if (line === '') {
      if (data) seen.push(['event', data.join('\n'), name]);
      data = undefined;
      name = '';
    } else if (field === '') seen.push(['comment', value]);
    else if (field === 'data') data = [...(data ?? []), value];
    else if (field === 'event') name = value;
  }
  return seen;
}

const line = fc.oneof(
  fc.constantFrom(
    'data: {"a":1}',
    'data:x',
    'data',
    ': keep-alive',
    ':',
    'event: error',
    'id: 7',
    'retry: 5',
    '',
    '',
    '',
  ),
  fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => `data: ${text.replace(/[\r\n]/g, '')}😀é`),
  fc.constant(`data: ${'long '.repeat(500)}`),
);
const stream = fc
  .tuple(fc.boolean(), fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r')), { maxLength: 20 }))
  .map(([bom, lines]) => bytes(`${bom ? '\ufeff' : ''}${lines.map((pair) => pair.join('')).join('')}`));
const ends = fc.array(fc.boolean(), { minLength: 1, maxLength: 12 });
const noise = fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array));

describe('server-sent events', () => {
  it('reads any stream as the specification does, however it is cut', () => {
    fc.assert(
      fc.property(fc.oneof(stream, noise), fc.array(fc.nat(), { maxLength: 8 }), ends, (whole, at, bits) => {
        const expected = oracle(whole);
        expect(parse([whole])).toEqual(expected);
        expect(parse(cut(whole, at))).toEqual(expected);
        expect(parse(singly(whole))).toEqual(expected);
        expect(parse(linewise(whole, bits))).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });

  it('joins lines of data, takes the space after the colon away once, and keeps the event name', () => {
    expect(parse([bytes('event: error\ndata: a\ndata:  b\n\n')])).toEqual([['event', 'a\n b', 'error']]);
  });

  it('sees an event before the line feed of a last carriage return came', () => {
    const seen: string[] = [];
    const parser = createSseParser({ event: (data) => seen.push(data), comment: () => {} });
    parser.push(bytes('data: 1\r\n\r'));
    expect(seen).toEqual(['1']);
    parser.push(bytes('\ndata: 2\r\n\r\n'));
    expect(seen).toEqual(['1', '2']);
  });

  it.each([
    ['data: 0\n\n', 'data: a\n', 'data: b\n\n'],
    ['data: 0\n\n', 'data: a ', 'data: b\n\n'],
    ['data: 0\n\n', 'event: x\n', 'data: b\n\n'],
  ])('what came before belongs to it: %j %j %j', (...pieces) => {
    expect(parse(pieces.map(bytes))).toEqual(oracle(bytes(pieces.join(''))));
  });

  it('hands on an event without its blank line and says so', () => {
    const seen: string[] = [];
    const parser = createSseParser({ event: (data) => seen.push(data), comment: () => {} });
    parser.push(bytes('data: [DONE]'));
    expect([parser.end(), seen]).toEqual([true, ['[DONE]']]);
  });

  it('turns invalid UTF-8 into replacement characters', () => {
    expect(parse([Buffer.from([...bytes('data: '), 0xff, 0xc3, ...bytes('x\n\n')])])).toEqual([
      ['event', '\ufffd\ufffdx', ''],
    ]);
  });

  it.each([
    ['one line', [bytes(`data: ${'x'.repeat(200)}`)]],
    ['many lines', Array.from({ length: 60 }, () => bytes('data: xxxx\n'))],
    ['bytes without a line end', singly(bytes('y'.repeat(200)))],
  ])('refuses an endless event of %s', (_, chunks) => {
    const parser = createSseParser({ event: () => {}, comment: () => {} }, 100);
    const feed = () => {
      for (const chunk of chunks) parser.push(chunk);
    };
    expect(feed).toThrow(/larger than 100 bytes/);
  });

  it('reads a line of a megabyte that comes in small pieces in linear time', () => {
    const whole = bytes(`data: ${'z'.repeat(1 << 20)}\n\n`);
    const pieces = Array.from({ length: 16_384 }, (_, i) => whole.subarray(i * 65, (i + 1) * 65)).filter(
      (p) => p.length,
    );
    expect((parse(pieces)[0] as Seen)[1]).toHaveLength(1 << 20);
  });
});
