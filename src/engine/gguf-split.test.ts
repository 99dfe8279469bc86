import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Value, writeGguf } from '../../test/agreement/write-gguf.ts';
import { openGguf } from './gguf.ts';

const folder = mkdtempSync(join(tmpdir(), 'ttcbench-split-'));
afterAll(() => rmSync(folder, { recursive: true }));
let models = 0;

/** Writes one model in parts; each part holds one tensor of its number. Gives the paths. */
function write(
  change: (part: number) => Partial<Record<string, Value>> = () => ({}),
  names = ['a', 'b', 'c'],
  missing = -1,
): string[] {
  const own = `m${models++}`;
  return names.map((name, part) => {
    const path = join(folder, `${own}-0000${part + 1}-of-00003.gguf`);
    const metadata = {
      ...(part === 0 && { 'general.architecture': { string: 'llama' } }),
      'split.no': { uint32: part },
      'split.count': { uint32: 3 },
      'split.tensors.count': { int32s: [3] },
      ...change(part),
    } as Record<string, Value>;
    const bytes = new Uint8Array(Float32Array.of(part, part, part, part).buffer);
    if (part !== missing) writeFileSync(path, writeGguf(metadata, [{ name, dimensions: [4], type: 0, bytes }]));
    return path;
  });
}

describe('a model in several files', () => {
  it('is one model, opened by its first file', () => {
    using gguf = openGguf(write()[0] as string);
    expect([...gguf.tensors.keys()]).toEqual(['a', 'b', 'c']);
    for (const [part, name] of ['a', 'b', 'c'].entries())
      expect([...new Float32Array(gguf.read(name).buffer)]).toEqual([part, part, part, part]);
    expect(gguf.metadata['general.architecture']).toBe('llama');
  });

  it.each<[string, string | undefined, () => string]>([
    ['a part that is missing', 'E_MODEL', () => write(undefined, undefined, 2)[0] as string],
    ['another part than the first', 'E_GGUF', () => write()[1] as string],
    [
      'a part of another order',
      'E_GGUF',
      () => write((part) => (part === 2 ? { 'split.no': { uint32: 1 } } : {}))[0] as string,
    ],
    [
      'a part of another count',
      'E_GGUF',
      () => write((part) => (part === 1 ? { 'split.count': { uint32: 4 } } : {}))[0] as string,
    ],
    ['a tensor that stands in two', 'E_GGUF', () => write(undefined, ['a', 'b', 'a'])[0] as string],
    [
      'a tensor too few',
      'E_GGUF',
      () => write((part) => (part === 0 ? { 'split.tensors.count': { uint32: 4 } } : {}))[0] as string,
    ],
    ['absurd counts', 'E_GGUF', () => write(() => ({ 'split.count': { uint32: 2 ** 31 } }))[0] as string],
  ])('is refused: %s', (_, code, path) => {
    expect(() => openGguf(path())).toThrow(expect.objectContaining({ code }));
  });

  it('is refused under a name that says nothing of parts', () => {
    const path = join(folder, 'renamed.gguf');
    writeFileSync(path, writeGguf({ 'split.no': { uint32: 0 }, 'split.count': { uint32: 2 } }, []));
    expect(() => openGguf(path)).toThrow(
      expect.objectContaining({ code: 'E_GGUF', help: expect.stringContaining('00001') }),
    );
  });
});
