/** What is forecast before a model is opened, against the resident memory of a process that opens it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tiny8 } from '../../test/agreement/bench.ts';
import { randomModel } from '../../test/agreement/random-model.ts';
import { forecastMemory } from './index.ts';

const script = fileURLToPath(new URL('../../test/agreement/resident.mjs', import.meta.url));
const tokens = 512;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ttcbench-forecast-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function measured(path: string): { before: number; most: number } {
  const child = spawnSync(process.execPath, [script, path, String(tokens)], { encoding: 'utf8' });
  expect(child.stderr).toBe('');
  return JSON.parse(child.stdout);
}

const forecast = (path: string) => {
  const { weights, kv, working } = forecastMemory(path);
  return weights + kv(tokens) + working(tokens);
};
const mebibyte = 2 ** 20;

const grown = (path: string) => {
  const { before, most } = measured(path);
  return most - before;
};

describe('the forecast of memory', () => {
  it('is what a process takes: tiny8, and a file of K-quants', () => {
    // Of tiny8 nearly all is graphs, code and what V8 collects later.
    const beside = grown(tiny8) - forecast(tiny8);
    expect(beside).toBeGreaterThan(0);
    expect(beside).toBeLessThan(50 * mebibyte);
    const path = join(folder, 'model.gguf');
    const shape = { width: 512, heads: 8, kvHeads: 4, headSize: 64, layers: 4, feedForward: 1024, vocabulary: 16_000 };
    const types = { type: 'Q4_K', mixed: 'Q6_K', embedding: 'Q8_0', untied: true };
    writeFileSync(path, randomModel({ architecture: 'llama', ...types, ...shape }));
    expect(forecast(path)).toBeGreaterThan(20 * mebibyte);
    const more = grown(path) - beside - forecast(path);
    expect(more).toBeGreaterThan(-0.1 * forecast(path));
    // What was read 8 MiB at a time and V8 has not collected yet.
    expect(more).toBeLessThan(24 * mebibyte);
  });
});
