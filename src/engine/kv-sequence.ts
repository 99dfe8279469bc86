/** One sequence's KV slots: per layer a compact list of filled slots over a pooled buffer. */
import { type Context, type Sequence, TtcError } from '../core/index.ts';
import { rowNorms } from './key-norms.ts';
import { copySlots, type KvBuffer } from './kv-buffer.ts';
import type { Shape } from './shape.ts';

const bytesPerValue = 2;

/** A run of slots that move together: `length` slots from `from` to `to`. */
interface Run {
  from: number;
  to: number;
  length: number;
}

/** The moves that bring `slots` to the front, in order; slots that stay where they are move with none. */
function runsOf(slots: ArrayLike<number>): Run[] {
  const runs: Run[] = [];
  for (let to = 0; to < slots.length; ) {
    const from = slots[to] as number;
    let length = 1;
    while (slots[to + length] === from + length) length++;
    if (from !== to) runs.push({ from, to, length });
    to += length;
  }
  return runs;
}

/**
 * Slot i comes from slot slots[i] ≥ i: so moves in ascending order never read what an earlier one wrote. Slots that
 * stay where they are cost nothing but the look at them: this runs for every layer, head and step.
 */
function checkSlots(slots: ArrayLike<number>, filled: number): void {
  const moved = new Set<number>();
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i] as number;
    if (slot === i && i < filled) continue;
    if (!Number.isInteger(slot) || slot < i || slot >= filled || slots[slot] === slot || moved.has(slot)) {
      throw new TtcError('E_ARGUMENT', `slot ${slot} to ${i}: slots never move up, are kept once and below ${filled}`);
    }
    moved.add(slot);
  }
}

export class KvSequence implements Sequence {
  readonly capacity: number;
  readonly context: Context;
  private readonly shape: Shape;
  private readonly lengths: Int32Array;
  private held: KvBuffer | undefined;
  /** Slots written so far, in the layer that has most. */
  private used = 0;
  private readonly release: (sequence: KvSequence, buffer: KvBuffer, used: number) => void;

  constructor(
    buffer: KvBuffer,
    capacity: number,
    context: Context,
    shape: Shape,
    release: (sequence: KvSequence, buffer: KvBuffer, used: number) => void,
  ) {
    this.held = buffer;
    this.capacity = capacity;
    this.context = context;
    this.shape = shape;
    this.lengths = new Int32Array(shape.layers);
    this.release = release;
  }

  get buffer(): KvBuffer {
    if (!this.held) throw new TtcError('E_ARGUMENT', 'the sequence was already disposed');
    return this.held;
  }

  length(layer = 0): number {
    const length = this.lengths[layer];
    if (length === undefined) throw new TtcError('E_ARGUMENT', `there is no layer ${layer}`);
    return length;
  }

  /** Counts rows that a pass wrote after the filled slots of layers [from, to). */
  advance(rows: number, from: number, to: number): void {
    for (let layer = from; layer < to; layer++) {
      const length = this.length(layer) + rows;
      this.lengths[layer] = length;
      this.used = Math.max(this.used, length);
    }
  }

  /** Fills the first slots of every layer of an empty sequence with what another buffer holds in them. */
  fillFrom(source: KvBuffer, slots: number): void {
    if (this.used > 0 || slots > this.capacity)
      throw new TtcError('E_ARGUMENT', `a sequence with ${this.used} of ${this.capacity} slots used gets ${slots}`);
    copySlots(source, this.buffer, 0, slots);
    this.advance(slots, 0, this.shape.layers);
  }

  copyTo(target: KvBuffer, from: number, to: number): void {
    copySlots(this.buffer, target, from, to);
  }

  truncate(length: number, layers: readonly [number, number] = [0, this.shape.layers]): void {
    if (!Number.isInteger(length) || length < 0) throw new TtcError('E_ARGUMENT', `cannot truncate to ${length}`);
    for (let layer = layers[0]; layer < layers[1]; layer++) {
      this.lengths[layer] = Math.min(this.length(layer), length);
    }
  }

  keep(layer: number, slots: readonly ArrayLike<number>[]): void {
    const filled = this.length(layer);
    const { kvHeads } = this.shape;
    const kept = slots[0]?.length ?? 0;
    if (slots.length !== 1 && slots.length !== kvHeads) {
      throw new TtcError('E_ARGUMENT', `${slots.length} lists of slots for ${kvHeads} KV heads`);
    }
    for (const list of slots) {
      if (list.length !== kept) throw new TtcError('E_ARGUMENT', 'the lists of slots differ in length');
      checkSlots(list, filled);
    }
    const heads = slots.length === 1 ? kvHeads : 1;
    slots.forEach((list, index) => {
      this.compact(layer, list, index * heads, heads);
    });
    this.lengths[layer] = kept;
  }

  /** Moves the kept slots of `count` KV heads, from head `first` on, to the front. */
  private compact(layer: number, kept: ArrayLike<number>, first: number, count: number): void {
    const runs = runsOf(kept);
    const { slots, headSize } = this.buffer;
    const keys = this.buffer.keyMemory[layer] as Uint16Array;
    const values = this.buffer.valueMemory[layer] as Uint16Array;
    for (let head = first; head < first + count; head++) moveRows(keys, runs, head * slots * headSize, headSize);
    for (let value = first * headSize; value < (first + count) * headSize; value++) {
      moveColumns(values, runs, value * slots);
    }
  }

  keyNorms(layer: number, from = 0): Float32Array {
    const { keyMemory, slots } = this.buffer;
    return rowNorms(keyMemory[layer] as Uint16Array, { ...this.shape, slots }, from, this.length(layer));
  }

  bytesHeld(): number {
    let slots = 0;
    for (const length of this.lengths) slots += length;
    return slots * this.bytesPerSlot();
  }

  /** Bytes of all slots that were asked for, filled or not. */
  bytesOpened(): number {
    return this.capacity * this.shape.layers * this.bytesPerSlot();
  }

  /** K and V of one slot in one layer. */
  private bytesPerSlot(): number {
    return 2 * this.shape.kvHeads * this.shape.headSize * bytesPerValue;
  }

  [Symbol.dispose](): void {
    const buffer = this.held;
    this.held = undefined;
    if (buffer) this.release(this, buffer, this.used);
  }
}

/** K: the kept slots of one head, whose slots start at `start`. */
function moveRows(keys: Uint16Array, runs: readonly Run[], start: number, width: number): void {
  for (const { from, to, length } of runs) {
    keys.copyWithin(start + to * width, start + from * width, start + (from + length) * width);
  }
}

/** V: the kept slots of one value, whose slots start at `start`. Short runs are cheaper by hand than by a call. */
function moveColumns(values: Uint16Array, runs: readonly Run[], start: number): void {
  for (const { from, to, length } of runs) {
    if (length > 32) values.copyWithin(start + to, start + from, start + from + length);
    else for (let i = 0; i < length; i++) values[start + to + i] = values[start + from + i] as number;
  }
}
