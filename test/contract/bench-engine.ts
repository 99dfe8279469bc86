/** The engine the contract is checked on: tiny8 in this process, with everything it computes written down. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Engine, Sequence } from '../../src/core/index.ts';
import { createEngine } from '../../src/engine/index.ts';

export const tiny8 = fileURLToPath(new URL('../../assets/tiny8/tiny8-Q8_0.gguf', import.meta.url));

export interface TinySample {
  id: string;
  family: string;
  prompt: string;
  answer: string;
  prompt_ids: number[];
  greedy_ids: number[];
}

export const tinySamples: TinySample[] = readFileSync(
  new URL('../../assets/tiny8/samples.jsonl', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));

export type BenchEngine = Awaited<ReturnType<typeof createEngine>>;

export const openTiny8 = (options: Parameters<typeof createEngine>[1] = {}): Promise<BenchEngine> =>
  createEngine(tiny8, { threads: 1, prefill: 'flash', ...options });

/** An engine that notes, per sequence, a hash of every row of logits it hands out. */
export function recording(engine: Engine): Engine & { logits(): string[][] } {
  const streams = new Map<Sequence, string[]>();
  return {
    model: engine.model,
    passPrices: engine.passPrices,
    tokenizer: engine.tokenizer,
    chunk: engine.chunk,
    open(capacity, context) {
      const sequence = engine.open(capacity, context);
      streams.set(sequence, []);
      return sequence;
    },
    forward: (passes, read) =>
      engine.forward(passes, (outputs) => {
        outputs.forEach((output, at) => {
          if (output.logits.length > 0) streams.get(passes[at]!.sequence)?.push(digest(output.logits));
        });
        return read(outputs);
      }),
    logits: () => [...streams.values()],
  };
}

function digest(values: Float32Array): string {
  return createHash('sha1')
    .update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    .digest('base64');
}
