import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findGoldenFile, findGoldenFolder } from './golden-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'golden-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the golden folder', () => {
  it('that is named must exist', () => {
    expect(() => findGoldenFolder(join(folder, 'absent'), folder)).toThrowError(/does not exist/);
  });

  it('that is empty is an error, named or not', () => {
    expect(() => findGoldenFolder(folder, 'absent')).toThrowError(/holds no \.jsonl/);
    expect(() => findGoldenFolder(undefined, folder)).toThrowError(/holds no \.jsonl/);
  });

  it('that nobody named may be missing: the reason is given', () => {
    expect(findGoldenFolder(undefined, join(folder, 'absent'))).toEqual({
      missing: expect.stringMatching(/TTCBENCH_GOLDEN is not set/),
    });
  });

  it('is found where it holds vectors', () => {
    writeFileSync(join(folder, 'rouge.jsonl'), '{}\n');
    expect(findGoldenFolder(folder, 'absent')).toEqual({ path: folder });
    rmSync(join(folder, 'rouge.jsonl'));
  });
});

describe('a golden file', () => {
  it('that is absent is named, and is no error', () => {
    expect(findGoldenFile({ path: folder }, 'bleu.jsonl')).toEqual({
      missing: 'bleu.jsonl is not in the golden folder',
    });
    expect(findGoldenFile({ missing: 'no folder' }, 'bleu.jsonl')).toEqual({ missing: 'no folder' });
  });

  it('is found where it lies', () => {
    const path = join(folder, 'chrf.jsonl');
    writeFileSync(path, '{}\n');
    expect(findGoldenFile({ path: folder }, 'chrf.jsonl')).toEqual({ path });
  });
});
