/** What tests of the engine share: short ways to run passes and keep their outputs. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Context, createMeter, type Engine, type Output, type Pass, type Sequence } from '../../src/core/index.ts';

export const tiny8 = fileURLToPath(new URL('../../assets/tiny8/tiny8-Q8_0.gguf', import.meta.url));

export interface Sample {
  id: string;
  prompt_ids: number[];
  greedy_ids: number[];
}

export const samples: readonly Sample[] = readFileSync(
  new URL('../../assets/tiny8/samples.jsonl', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));

export function freshContext(): Context & { meter: ReturnType<typeof createMeter> } {
  return { signal: new AbortController().signal, meter: createMeter() };
}

export const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

/** Copies of the outputs of one call. */
export function run(engine: Engine, passes: readonly Pass[]): Promise<Output[]> {
  return engine.forward(passes, (outputs) =>
    outputs.map(({ logits, candidates, states, attention }) => ({
      logits: logits.slice(),
      candidates: candidates.slice(),
      states: states.slice(),
      attention: attention.map((mass) => mass.slice()),
    })),
  );
}

/** Output of a call with a single pass. */
export async function runOne(engine: Engine, pass: Pass): Promise<Output> {
  return (await run(engine, [pass]))[0] as Output;
}

/** Fills a sequence with a prompt on the engine's grid; gives the last row's output. */
export async function fill(
  engine: Engine,
  sequence: Sequence,
  ids: readonly number[],
  options: Partial<Pass> = {},
  chunk = engine.chunk,
): Promise<Output> {
  let output: Output | undefined;
  for (let at = 0; at < ids.length; at += chunk) {
    const tokens = ids.slice(at, at + chunk);
    const positions = range(at, at + tokens.length);
    output = await runOne(engine, { sequence, tokens, positions, logits: 1, prefill: true, ...options });
  }
  return output as Output;
}

/** One decode row. */
export function decode(engine: Engine, sequence: Sequence, token: number, position: number): Promise<Output> {
  return runOne(engine, { sequence, tokens: [token], positions: [position], logits: 1 });
}

export function argmax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] as number) > (values[best] as number)) best = i;
  return best;
}

/** Largest difference between two rows of numbers. */
export function distance(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs((a[i] as number) - (b[i] as number)));
  return largest;
}

/** Whether two rows of numbers are the same bit by bit. */
export function sameBits(a: Float32Array, b: Float32Array): boolean {
  const bytes = (values: Float32Array) => Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return bytes(a).equals(bytes(b));
}
