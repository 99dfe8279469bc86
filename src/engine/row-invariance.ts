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
  /** Largest difference of a logit; 0 where only hidden rows differ. */
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

/** What rows gave. */
interface Rows {
  /** Per chosen layer [rows × width]. A quantised product after a layer hides its last bits in most rows, not in all. */
  states: Float32Array[];
  /** [rows × vocabulary] */
  logits: Float32Array;
}

/** Runs rows through the chosen layers and the head. */
async function runRows(
  engine: Engine,
  sequence: Sequence,
  tokens: readonly number[],
  from: number,
  layers: readonly number[],
): Promise<Rows> {
  const states: Float32Array[] = [];
  const positions = tokens.map((_, row) => from + row);
  let entering: Pick<Pass, 'tokens' | 'hidden'> = { tokens };
  const copy = ([output]: readonly Output[]) => (output as Output).states.slice();
  for (const layer of layers) {
    const pass: Pass = { sequence, ...entering, positions, layers: [layer, layer + 1], states: true };
    const hidden = await engine.forward([pass], copy);
    states.push(hidden);
    entering = { hidden };
  }
  const end = engine.model.layers;
  const head: Pass = { sequence, ...entering, positions, layers: [end, end], logits: tokens.length };
  return { states, logits: await engine.forward([head], ([output]) => (output as Output).logits.slice()) };
}

/** Any ids do, as long as they differ. */
function sampleTokens(count: number, vocabulary: number): number[] {
  return Array.from({ length: count }, (_, row) => (row * 7919 + 13) % vocabulary);
}

/** Of rows that ran together from the same ones alone; NaN where a value is none. */
function largestDifference(together: Float32Array, alone: readonly Float32Array[]): number {
  let largest = 0;
  let at = 0;
  for (const row of alone) {
    for (const value of row) {
      const difference = Math.abs((together[at++] as number) - value);
      // No later value may hide it: nothing compares with NaN.
      if (Number.isNaN(difference)) return difference;
      if (difference > largest) largest = difference;
    }
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
  await runRows(engine, sequence, tokens.slice(0, contextRows), 0, layers);
  const single: Rows[] = [];
  for (let row = 0; row < mostRows; row++) {
    const at = contextRows + row;
    single.push(await runRows(engine, sequence, tokens.slice(at, at + 1), at, layers));
  }
  const differing: number[] = [];
  let largest = 0;
  for (const rows of counts) {
    sequence.truncate(contextRows);
    const asked = tokens.slice(contextRows, contextRows + rows);
    const together = await runRows(engine, sequence, asked, contextRows, layers);
    const alone = single.slice(0, rows);
    const difference = largestDifference(
      together.logits,
      alone.map(({ logits }) => logits),
    );
    const hidden = together.states.map((states, layer) =>
      largestDifference(
        states,
        alone.map((row) => row.states[layer] as Float32Array),
      ),
    );
    if (difference !== 0 || hidden.some((one) => one !== 0)) differing.push(rows);
    largest = Math.max(largest, difference);
  }
  return { label: differing.length > 0 ? 'numeric' : 'bits', checked: counts, differing, largest };
}
