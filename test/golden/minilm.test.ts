import { afterAll, expect } from 'vitest';
import { createEncoder } from '../../src/engine/index.ts';
import { findPulled } from '../../src/models/index.ts';
import { createSimilarity } from '../../src/scorers/index.ts';
import { checkGolden, expectClose } from './golden-file.ts';

interface Row {
  text: string;
  token_ids: number[];
  /** Of length 1, rounded to 6 decimals. */
  embedding: number[];
}

const model = await findPulled('minilm');
const missing = model === 'missing' ? 'model minilm is not pulled' : 'model minilm is damaged in the cache';
const encoder = typeof model === 'string' ? undefined : await createEncoder(model.path);
if (!encoder) console.warn(`golden: minilm.jsonl skipped: ${missing} (ttcbench models pull minilm)`);
afterAll(() => encoder?.[Symbol.asyncDispose]());

const lengthOf = (vector: ArrayLike<number>) => Math.sqrt(Array.from(vector).reduce((sum, x) => sum + x * x, 0));

/** Similarities of node texts, which the vectors of WorfBench were scored with. */
interface Nodes {
  pred: { nodes: string[] } | null;
  gold: { nodes: string[] };
  sim: number[][] | null;
}

const similarity = encoder && createSimilarity('minilm', (texts) => encoder.encode(texts));

checkGolden<Nodes>(
  'worfbench.jsonl',
  async ({ pred, gold, sim }) => {
    const cosines = (await similarity?.(pred?.nodes ?? [], gold.nodes)) ?? [];
    for (const [i, row] of (sim ?? []).entries())
      for (const [j, value] of row.entries())
        expectClose(Math.max(0, cosines[i]?.[j] ?? Number.NaN), value, `${i}, ${j}`);
  },
  ({ pred, sim }) => (encoder ? (pred && sim ? undefined : 'no plan to compare') : missing),
  'minilm on worfbench.jsonl',
);

checkGolden<Row>(
  'minilm.jsonl',
  async ({ text, token_ids, embedding }) => {
    if (!encoder) return;
    expect([...encoder.tokenise(text)]).toEqual(token_ids);
    const vector = (await encoder.encode([text]))[0] as Float32Array;
    const dot = embedding.reduce((sum, value, i) => sum + value * (vector[i] as number), 0);
    expect(vector).toHaveLength(embedding.length);
    expect(dot / lengthOf(vector) / lengthOf(embedding)).toBeGreaterThanOrEqual(0.9999);
  },
  () => (encoder ? undefined : missing),
);
