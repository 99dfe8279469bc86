import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Judges } from '../core/index.ts';
import { readFloors, writeFloors } from './constant-answers.ts';
import { openBenchmark } from './open-benchmarks.ts';

const worfRows = fileURLToPath(new URL('../benchmarks/worfbench/rows.fixture.json', import.meta.url));

describe('floors', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'ttcbench-floors-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const floorsOf = async (name: string, options: Record<string, unknown>, judges: Judges = {}) => {
    const benchmark = await openBenchmark({ name, options, samples: null, timeout: 1 });
    await writeFloors(folder, [benchmark], judges);
    return readFloors(folder).floors[benchmark.planned.name];
  };

  it('are what the most frequent reference scores as the answer to everything, what references of the next sample score, and what the references score', async () => {
    const path = join(folder, 'answers.jsonl');
    const lines = ['yes', 'no', 'yes', 'yes'].map((reference, id) =>
      JSON.stringify({ id, prompt: `${id}?`, reference }),
    );
    writeFileSync(path, lines.join('\n'));
    expect(await floorsOf(path, {})).toEqual({ constant: 0.75, oracle: 1, shuffled: 0.5 });
  });

  it('ask the encoder where scores need one, and are left out where there is none', async () => {
    const options = { data: worfRows, similarity: 'minilm' };
    expect(await floorsOf('worfbench', options)).toBeUndefined();
    const alike = async (a: readonly string[], b: readonly string[]) => a.map((x) => b.map((y) => (x === y ? 1 : 0)));
    const floor = await floorsOf('worfbench', options, { similarity: Object.assign(alike, { encoder: 'equality' }) });
    expect(floor?.oracle).toBeGreaterThan(0.9);
    expect(floor?.constant).toBeLessThan(floor?.oracle as number);
  });
});
