import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loadLibraries } from './library.ts';

const names = ['TTCBENCH_GGML_DIR', 'TTCBENCH_GGML_CPU'] as const;
const before = names.map((name) => [name, process.env[name]] as const);
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ttcbench-library-'));
});
afterEach(() => {
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

const refusal = (message: string) =>
  expect.objectContaining({ code: 'E_LIBRARY', message: expect.stringContaining(message) });

describe('loadLibraries', () => {
  it('says which variant it chose and where it came from', () => {
    expect(loadLibraries()).toMatchObject({ variant: expect.stringMatching(/^ggml-cpu/), version: '3.21.1' });
  });

  it('names the folder that is not there', () => {
    process.env.TTCBENCH_GGML_DIR = join(folder, 'none');
    expect(() => loadLibraries()).toThrow(refusal(join(folder, 'none')));
  });

  it('names the folder in which it found no library', () => {
    process.env.TTCBENCH_GGML_DIR = folder;
    expect(() => loadLibraries()).toThrow(refusal(`no ggml-base library in ${folder}`));
  });

  it('says of a folder that the user named that it is to be corrected, not what to install', () => {
    for (const named of [join(folder, 'none'), folder]) {
      process.env.TTCBENCH_GGML_DIR = named;
      expect(() => loadLibraries()).toThrow(
        expect.objectContaining({
          code: 'E_LIBRARY',
          help: expect.stringMatching(/^TTCBENCH_GGML_DIR names this folder/),
        }),
      );
    }
  });

  it('says which variants there are where one is forced that is not', () => {
    process.env.TTCBENCH_GGML_CPU = 'abacus';
    expect(() => loadLibraries()).toThrow(
      expect.objectContaining({
        help: expect.stringMatching(/^TTCBENCH_GGML_CPU=abacus allows no other: .*one of \w+/),
      }),
    );
  });

  it('names the file that is no library', () => {
    const file = join(folder, 'libggml-base.so');
    writeFileSync(file, 'text');
    process.env.TTCBENCH_GGML_DIR = folder;
    expect(() => loadLibraries()).toThrow(refusal(`${file} cannot be loaded`));
  });

  it('refuses a variant that the package does not have', () => {
    process.env.TTCBENCH_GGML_CPU = 'pentium';
    expect(() => loadLibraries()).toThrow(refusal('tried: none'));
  });

  const seen = () => {
    const files: string[] = [];
    loadLibraries((_, file) => files.push(file));
    return files;
  };
  const variant = (file: string) => file.replace(/^lib|\.[a-z]+$/g, '');

  it('takes the variant with the highest score, wherever it stands in the folder', () => {
    const files = seen();
    expect(files.length).toBeGreaterThan(0);
    for (const best of files) {
      const scores = (_: unknown, file: string) => (file === best ? 120 : 119 - files.indexOf(file));
      expect(loadLibraries(scores).variant).toBe(variant(best));
    }
  });

  it('takes a variant that runs, however badly, before all that do not', () => {
    for (const only of seen()) {
      expect(loadLibraries((_, file) => (file === only ? 1 : 0)).variant).toBe(variant(only));
    }
  });

  it('refuses variants that do not run on this processor, also by name', () => {
    const files = seen();
    expect(() => loadLibraries(() => 0)).toThrow(refusal(files[0] as string));
    process.env.TTCBENCH_GGML_CPU = variant(files[0] as string).replace(/^ggml-cpu-?/, '');
    expect(() => loadLibraries(() => 0)).toThrow(refusal(`runs on this processor (tried: ${files[0]})`));
  });
});
