/**
 * Whether a row's bits depend on how many rows share its pass. Speculation is only lossless where they do not, and
 * kernels differ by CPU, so every engine asks its own machine.
 */
import { type Context, createMeter, type Engine, type Output, type Pass, type Sequence } from '../core/index.ts';

export interface RowInvariance {
  /** `bits`: equal bit by bit. `numeric`: equal up to rounding only. */
  label: 'bits' | 'numeric';
  /** Row counts that were compared with single rows. */
  checked: readonly number[];
  /** Row counts that gave other bits than single rows. */
  differing: readonly number[];
  /** Largest difference of a logit. */
  largest: number;
}

export interface InvarianceOptions {
  /** Row counts to compare with single rows (default: 2 … 16). */
  rows?: readonly number[];
  /** Layers to run, in ascending order; the rows of one enter the next (default: all). */
  layers?: readonly number[];
}

const mostRows = 16;
const contextRows = 8;

/** Runs rows through the chosen layers and gives all their logits. */
async function logitsOf(
  engine: Engine,
  sequence: Sequence,
  tokens: readonly number[],
  from: number,
  layers: readonly number[],
): Promise<Float32Array> {
  const positions = tokens.map((_, row) => from + row);
  let entering: Pick<Pass, 'tokens' | 'hidden'> = { tokens };
  const copy = ([output]: readonly Output[]) => (output as Output).states.slice();
  for (const layer of layers) {
    const pass: Pass = { sequence, ...entering, positions, layers: [layer, layer + 1], states: true };
    entering = { hidden: await engine.forward([pass], copy) };
  }
  const end = engine.model.layers;
  const head: Pass = { sequence, ...entering, positions, layers: [end, end], logits: tokens.length };
  return engine.forward([head], ([output]) => (output as Output).logits.slice());
}

/** Any ids do, as long as they differ. */
function sampleTokens(count: number, vocabulary: number): number[] {
  return Array.from({ length: count }, (_, row) => (row * 7919 + 13) % vocabulary);
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs((a[i] as number) - (b[i] as number));
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}

export async function checkRowInvariance(engine: Engine, options: InvarianceOptions = {}): Promise<RowInvariance> {
  const counts = options.rows ?? Array.from({ length: mostRows - 1 }, (_, index) => index + 2);
  const layers = options.layers ?? Array.from({ length: engine.model.layers }, (_, layer) => layer);
  const { vocabulary } = engine.model;
  const context: Context = { signal: new AbortController().signal, meter: createMeter() };
  using sequence = engine.open(contextRows + mostRows, context);
  const tokens = sampleTokens(contextRows + mostRows, vocabulary);
  await logitsOf(engine, sequence, tokens.slice(0, contextRows), 0, layers);
  const single = new Float32Array(mostRows * vocabulary);
  for (let row = 0; row < mostRows; row++) {
    const at = contextRows + row;
    single.set(await logitsOf(engine, sequence, tokens.slice(at, at + 1), at, layers), row * vocabulary);
  }
  const differing: number[] = [];
  let largest = 0;
  for (const rows of counts) {
    sequence.truncate(contextRows);
    const together = await logitsOf(
      engine,
      sequence,
      tokens.slice(contextRows, contextRows + rows),
      contextRows,
      layers,
    );
    const difference = largestDifference(together, single.subarray(0, together.length));
    if (difference !== 0) differing.push(rows);
    largest = Math.max(largest, difference);
  }
  return { label: differing.length > 0 ? 'numeric' : 'bits', checked: counts, differing, largest };
}
