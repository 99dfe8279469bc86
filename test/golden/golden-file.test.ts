import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findGoldenFolder } from './golden-file.ts';

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
