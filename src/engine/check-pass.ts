/** Everything about a pass that could make native code abort or read foreign memory is refused here, before it runs. */
import { type Hidden, type Pass, TtcError } from '../core/index.ts';
import { KvSequence } from './kv-sequence.ts';
import type { Shape } from './shape.ts';

const refuse = (message: string): never => {
  throw new TtcError('E_ARGUMENT', `forward: ${message}`);
};

const isIndex = (value: unknown, below: number): boolean =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) < below;

function checkRange([from, to]: readonly [number, number], layers: number, what: string): void {
  if (!isIndex(from, layers + 1) || !isIndex(to, layers + 1) || from > to) refuse(`${what} [${from}, ${to})`);
}

function checkRows(pass: Pass, shape: Shape): void {
  const rows = pass.positions.length;
  if (rows === 0) refuse('a pass without rows');
  if ((pass.tokens === undefined) === (pass.hidden === undefined)) refuse('give either tokens or hidden rows');
  if (pass.tokens && pass.tokens.length !== rows) refuse(`${pass.tokens.length} tokens for ${rows} positions`);
  if (pass.hidden && pass.hidden.length !== rows * shape.width) {
    refuse(`${pass.hidden.length} values for ${rows} hidden rows of ${shape.width}`);
  }
  for (let row = 0; row < rows; row++) {
    if (!isIndex(pass.positions[row], 2 ** 31)) refuse(`position ${pass.positions[row]}`);
    if (pass.tokens && !isIndex(pass.tokens[row], shape.vocabulary)) refuse(`token id ${pass.tokens[row]}`);
  }
}

function checkCandidates({ candidates, kvOnly }: Pass, shape: Shape): void {
  if (!candidates) return;
  if (kvOnly) refuse('kvOnly gives no outputs');
  if (candidates.length === 0) refuse('candidates without one');
  for (let i = 0; i < candidates.length; i++) {
    if (!isIndex(candidates[i], shape.vocabulary)) refuse(`candidate ${candidates[i]}`);
  }
}

function checkOutputs(pass: Pass, [from, to]: readonly [number, number]): void {
  const rows = pass.positions.length;
  const logits = pass.logits ?? 0;
  if (!isIndex(logits, rows + 1)) refuse(`logits of ${logits} of ${rows} rows`);
  if (pass.kvOnly && (logits > 0 || pass.states || pass.attention)) refuse('kvOnly gives no outputs');
  if (!pass.attention) return;
  const { layers, queries } = pass.attention;
  if (!Number.isInteger(queries) || queries < 1) refuse(`attention of ${queries} queries`);
  for (const layer of layers)
    if (layer < from || layer >= to) refuse(`attention of layer ${layer} in [${from}, ${to})`);
  if (new Set(layers).size !== layers.length) refuse('a layer whose attention is asked for twice');
}

function checkHidden(hidden: Hidden, shape: Shape, filled: (layer: number) => number): void {
  checkRange(hidden.layers, shape.layers, 'hidden layers');
  for (const head of hidden.kvHeads ?? []) if (!isIndex(head, shape.kvHeads)) refuse(`KV head ${head}`);
  let highest = -1;
  for (let i = 0; i < hidden.slots.length; i++) {
    if (!isIndex(hidden.slots[i], 2 ** 31)) refuse(`hidden slot ${hidden.slots[i]}`);
    highest = Math.max(highest, hidden.slots[i] as number);
  }
  for (let layer = hidden.layers[0]; layer < hidden.layers[1]; layer++) {
    if (highest >= filled(layer)) refuse(`hidden slot ${highest} of ${filled(layer)} in layer ${layer}`);
  }
}

/** Layers [from, to) of a pass. */
export function rangeOf(pass: Pass, shape: Shape): readonly [number, number] {
  return pass.layers ?? [0, shape.layers];
}

/**
 * @returns the pass's sequence as this engine's own
 * @throws E_ARGUMENT, E_CONTEXT when the rows do not fit, E_ABORTED when the sequence's call was aborted
 */
export function checkPass(pass: Pass, shape: Shape, isOpen: (sequence: KvSequence) => boolean): KvSequence {
  const { sequence } = pass;
  if (!(sequence instanceof KvSequence) || !isOpen(sequence)) {
    throw new TtcError('E_ARGUMENT', 'forward: the sequence is not open in this engine');
  }
  if (sequence.context.signal.aborted) throw new TtcError('E_ABORTED', 'the call was aborted');
  const range = rangeOf(pass, shape);
  checkRange(range, shape.layers, 'layers');
  checkRows(pass, shape);
  checkOutputs(pass, range);
  checkCandidates(pass, shape);
  const rows = pass.positions.length;
  for (let layer = range[0]; layer < range[1]; layer++) {
    const needed = sequence.length(layer) + rows;
    if (needed > sequence.capacity) {
      throw new TtcError('E_CONTEXT', `layer ${layer} needs ${needed} KV slots of ${sequence.capacity}`, {
        help: 'open the sequence with more slots, or generate fewer tokens',
      });
    }
  }
  for (const hidden of pass.hide ?? []) {
    checkHidden(hidden, shape, (layer) => {
      const runs = layer >= range[0] && layer < range[1];
      return sequence.length(layer) + (runs ? rows : 0);
    });
  }
  return sequence;
}
