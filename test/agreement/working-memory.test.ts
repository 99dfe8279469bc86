/** The table of working memory in docs/engine.md. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../src/engine/index.ts';
import type { Shape } from '../../src/engine/shape.ts';
import { inFull } from '../support/depth.ts';
import { fill, freshContext, tiny8 } from './bench.ts';
import { modelFile } from './model-file.ts';
import { noTokenizer, randomModel } from './random-model.ts';
import { isPadded, isSplit, memoryModels, promptBytes } from './working-memory.ts';

const page = readFileSync(new URL('../../docs/engine.md', import.meta.url), 'utf8');
const mebibytes = (bytes: number) => (bytes / 2 ** 20).toFixed(2);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ttcbench-memory-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(name: string): string {
  if (name === 'smollm2-135m') return modelFile as string;
  const model = memoryModels[name];
  if (!model) return tiny8;
  const path = join(folder, 'model.gguf');
  writeFileSync(path, randomModel(model));
  return path;
}

/** A cell of the table, and whether this machine lays matrices out as the one that it was measured on. */
async function cellOf(path: string, prefill: 'flash' | 'exact', tokens: number, wantsSplit: boolean) {
  await using engine = await createEngine(path, { prefill, tokenizer: noTokenizer });
  if (tokens > engine.model.contextLength) return { cell: '–', alike: true };
  using sequence = engine.open(tokens, freshContext());
  const ids = Array.from({ length: tokens }, (_, at) => at % 500);
  await fill(engine, sequence, ids);
  const predicted = promptBytes(engine.model as Shape, tokens, { prefill, split: isSplit(engine) });
  const found = engine.facts().workingBytes as number;
  const near = isPadded(engine) ? 0.3 : 0.03;
  expect.soft(Math.abs(found / predicted - 1), `${prefill} ${tokens}: ${found}, ${predicted}`).toBeLessThan(near);
  const alike = !isPadded(engine) && isSplit(engine) === wantsSplit;
  return { cell: `${mebibytes(predicted)} / ${mebibytes(found)}`, alike };
}

/** A prompt of 4,096 tokens takes as long as all others together. */
const contexts = inFull ? [512, 1024, 2048, 4096] : [512, 1024, 2048];

describe('working memory in docs/engine.md', () => {
  const names = ['smollm2-135m', 'tiny8', ...Object.keys(memoryModels)];
  const rows = names.flatMap((name) => (['flash', 'exact'] as const).map((prefill) => ({ name, prefill })));

  it.each(rows)('$name, $prefill', async ({ name, prefill }) => {
    if (name === 'smollm2-135m' && !modelFile) return;
    const path = fileOf(name);
    const cells = [];
    for (const tokens of contexts) cells.push(await cellOf(path, prefill, tokens, name.startsWith('smollm2')));
    const row = `| ${name} | ${prefill} | ${cells.map(({ cell }) => cell).join(' | ')} |`;
    // Of a part of the contexts it is the beginning of a row.
    console.log(row);
    if (cells.every(({ alike }) => alike)) expect(page).toContain(row);
  });
});
