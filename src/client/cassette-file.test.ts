import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CassetteAbout } from './cassette.ts';
import { openCassetteFile } from './cassette-file.ts';
import { parseCassette } from './replay.ts';

const about: CassetteAbout = {
  schema: 1,
  backend: 'groq',
  model: 'm',
  provider: 'groq',
  capabilities: ['usage'],
  identity: 'groq here m',
  recorded: '2026-01-01T00:00:00.000Z',
};
const header = `${JSON.stringify(about)}\n`;
const recording = (tag: string) => `${JSON.stringify({ schema: 1, tag, reads: [] })}\n`;
let folder: string;
let path: string;
const contents = () => readFileSync(path, 'utf8');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ttcbench-cassette-'));
  path = join(folder, 'answers.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

function append(...tags: string[]): void {
  const file = openCassetteFile(path, { ...about, recorded: '2026-02-02T00:00:00.000Z' });
  for (const tag of tags) file.write(recording(tag));
  file.close();
}

describe('openCassetteFile', () => {
  it('begins a file with what is recorded, and not before something is', () => {
    const file = openCassetteFile(path, about);
    expect(existsSync(path)).toBe(false);
    file.write(recording('a'));
    file.close();
    expect(contents()).toBe(header + recording('a'));
  });

  it('goes on with a recording of the same identity', () => {
    writeFileSync(path, header + recording('a'));
    append();
    expect(contents()).toBe(header + recording('a'));
    append('b', 'c');
    expect(contents()).toBe(header + recording('a') + recording('b') + recording('c'));
    expect(parseCassette(contents()).about?.recorded).toBe(about.recorded);
  });

  it.each([1, 40, 200_000])('leaves out %d bytes of a last line that a crash cut', (length) => {
    writeFileSync(path, header + recording('a') + 'é'.repeat(length));
    append('b');
    expect(contents()).toBe(header + recording('a') + recording('b'));
  });

  it.each(['', header.slice(0, 60), header.slice(0, -1)])('begins anew where no recording was begun: %j', (text) => {
    writeFileSync(path, text);
    append('a');
    const { about: begun, recordings } = parseCassette(contents());
    expect([begun?.identity, recordings.map(({ tag }) => tag)]).toEqual([about.identity, ['a']]);
  });

  it.each([
    [
      'a recording of something else',
      header.replace('here', 'elsewhere'),
      /recording of groq elsewhere m, not of groq/,
    ],
    ['another file of ours', '{"schema":1,"key":"k"}\n', /no recording/],
    ['a recording without its first line', recording('a'), /no recording/],
    ['text', 'what I did on my holidays', /no recording/],
  ])('refuses %s and leaves it as it is', (_, text, message) => {
    writeFileSync(path, text);
    expect(() => append('b')).toThrow(expect.objectContaining({ code: 'E_ARGUMENT', help: expect.any(String) }));
    expect(() => append('b')).toThrow(message);
    expect(contents()).toBe(text);
  });

  it.each(['no/such/folder', 'taken'])('refuses the place %s before anything is recorded', (place) => {
    mkdirSync(join(folder, 'taken'));
    path = join(folder, place);
    expect(() => openCassetteFile(path, about)).toThrow(expect.objectContaining({ code: 'E_ARGUMENT' }));
  });
});
