import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeText } from './decode-text.ts';
import { readText } from './read-text.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'read-text-'));
});
afterAll(() => rm(folder, { recursive: true }));

const written = async (content: string | Uint8Array) => {
  const path = join(folder, 'file.txt');
  await writeFile(path, content);
  return path;
};
const bytes = (...values: number[]) => Uint8Array.from(values);
const latin = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const refusal = (content: Uint8Array) => {
  try {
    decodeText(content, { name: 'mine.jsonl' });
  } catch (error) {
    return error as { code: string; message: string; help: string };
  }
  throw new Error('it was taken');
};

/** The same Japanese and Russian words in the encodings that people still send (made by Python's codecs). */
const shiftJis = bytes(0x93, 0x8c, 0x8b, 0x9e, 0x82, 0xcd, 0x93, 0xfa, 0x96, 0x7b, 0x82, 0xcc, 0x8e, 0xf1, 0x93, 0x73);
const eucJp = bytes(0xc5, 0xec, 0xb5, 0xfe, 0xa4, 0xcf, 0xc6, 0xfc, 0xcb, 0xdc, 0xa4, 0xce, 0xbc, 0xf3, 0xc5, 0xd4);
const gb18030 = bytes(0xb1, 0xb1, 0xbe, 0xa9, 0xca, 0xc7, 0xd6, 0xd0, 0xb9, 0xfa, 0xb5, 0xc4, 0xca, 0xd7, 0xb6, 0xbc);
const eucKr = bytes(0xbc, 0xad, 0xbf, 0xef, 0xc0, 0xba, 0xc7, 0xd1, 0xb1, 0xb9, 0xc0, 0xc7);
const windows1251 = bytes(0xcc, 0xee, 0xf1, 0xea, 0xe2, 0xe0, 0x20, 0xf1, 0xf2, 0xee, 0xeb, 0xe8, 0xf6, 0xe0);
const koi8 = bytes(0xed, 0xcf, 0xd3, 0xcb, 0xd7, 0xc1, 0x20, 0xd3, 0xd4, 0xcf, 0xcc, 0xc9, 0xc3, 0xc1);

describe('what is read', () => {
  it('UTF-8 with or without a byte order mark, also where files were joined', async () => {
    for (const text of ['München\n東京 🙂', '\uFEFFMünchen\n東京 🙂', '\uFEFFMünchen\n\uFEFF東京 🙂'])
      expect(await readText(await written(text))).toBe('München\n東京 🙂');
    expect(await readText(await written('a\uFEFFb\r\nc'))).toBe('a\uFEFFb\r\nc');
    expect(await readText(await written(''))).toBe('');
  });

  it('any text comes back, but for the marks', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const encoded = new TextEncoder().encode(`x${text}`);
        expect(decodeText(encoded, { name: 'x' })).toBe(`x${text}`.replace(/(^|[\r\n])\uFEFF+/g, '$1'));
      }),
      { numRuns: 500 },
    );
  });
});

describe('what is refused, by name and line', () => {
  it.each([
    ['Windows-1252', latin('ok\n“quoted”'.replace('“', '\x93').replace('”', '\x94')), 2, /^Windows-1252$/],
    ['Latin-1', latin('a\r\nb\rWie heißt M\xfcnchen?'), 3, /^Windows-1252 or ISO-8859-1/],
    ['Shift_JIS', Buffer.concat([latin('\n\n'), shiftJis]), 3, /^Shift_JIS$/],
    ['EUC-JP', eucJp, 1, /^EUC-JP$/],
    ['GB18030', gb18030, 1, /^GB18030$/],
    ['EUC-KR', eucKr, 1, /^EUC-KR$/],
    ['Windows-1251', windows1251, 1, /^Windows-1251$/],
    ['KOI8-R', koi8, 1, /^KOI8-R$/],
  ])('%s', (_, content, line, likely) => {
    const { code, message, help } = refusal(content);
    expect(code).toBe('E_DATA');
    expect(message).toContain(`mine.jsonl, line ${line}: the byte 0x`);
    expect(/probably (.*)$/.exec(message)?.[1]).toMatch(likely);
    expect(help).toContain('iconv -f');
  });

  it.each([
    ['UTF-16LE', Buffer.from('\uFEFF{"id":1}', 'utf16le')],
    ['UTF-16BE', Buffer.from('\uFEFF{"id":1}', 'utf16le').swap16()],
    ['UTF-16LE', Buffer.from('{"id":"東京"}', 'utf16le')],
    ['UTF-16BE', Buffer.from('{"id":"東京"}', 'utf16le').swap16()],
    ['UTF-32LE', bytes(0xff, 0xfe, 0, 0, 0x41, 0, 0, 0)],
    ['a gzip archive', bytes(0x1f, 0x8b, 8, 0)],
    ['a ZIP archive', bytes(0x50, 0x4b, 3, 4)],
  ])('%s', (name, content) => {
    expect(refusal(content)).toMatchObject({
      code: 'E_DATA',
      message: `mine.jsonl, line 1: this is ${name}, not UTF-8`,
    });
  });

  it('a character that was cut, and a part in another encoding, are not called another encoding of the whole', () => {
    const cut = Buffer.from('Größe\nMünchen').subarray(0, 10);
    expect(refusal(cut).message).toMatch(/line 2: the byte 0xc3 is not UTF-8, while the characters before it are/);
    const mixed = Buffer.concat([Buffer.from('Größe\n'.repeat(30_000)), latin('M\xfcnchen')]);
    expect(refusal(mixed)).toMatchObject({
      message: expect.stringContaining('line 30001: the byte 0xfc'),
      help: expect.stringContaining('1252'),
    });
  });

  it('no bytes crash it: they are text, or refused with a code and a line', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (content) => {
        try {
          expect(typeof decodeText(content, { name: 'x' })).toBe('string');
        } catch (error) {
          expect(error).toMatchObject({ code: 'E_DATA', message: expect.stringMatching(/^x, line \d+: /) });
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('what cannot be read', () => {
  it('is one coded line: a folder, no file, too large a file', async () => {
    await expect(readText(folder)).rejects.toMatchObject({
      code: 'E_DATA',
      message: expect.stringMatching(/it is a folder/),
    });
    await expect(readText(join(folder, 'none'), { code: 'E_CONFIG' })).rejects.toMatchObject({ code: 'E_CONFIG' });
    const path = await written('12345');
    await expect(readText(path, { most: 4 })).rejects.toMatchObject({ message: `${path} holds more than 4 bytes` });
    expect(await readText(path, { most: 5 })).toBe('12345');
  });

  it.skipIf(process.platform !== 'linux')(
    'a device without an end is not read to its end (Linux has one)',
    async () => {
      await expect(readText('/dev/zero', { most: 2 ** 20 })).rejects.toMatchObject({
        message: expect.stringMatching(/more than 1 MiB/),
      });
    },
  );
});
