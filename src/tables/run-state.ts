/**
 * What the Parquet of a run was made from. The journal is the truth: where a file of it has changed, Parquet is made anew.
 * Files are told by their size and by a checksum of their ends, not by their times, which copies change.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { basename, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { hash, version } from '../core/index.ts';
import { journalsOf } from '../store/read-journals.ts';
import type { TableColumn } from './columns.ts';

/** Bytes, and CRC-32 of the first and the last bytes. */
export interface FileState {
  size: number;
  first: number;
  last: number;
}

export interface RunState {
  /** Version of ttcbench, columns, prices, objectives: what rows are measured with. */
  measured: string;
  /** The same of metrics of the user's own. Null where some of them are not at hand: what was measured with them is kept. */
  own: string | null;
  journals: Record<string, FileState>;
  /** `samples.jsonl` and `scores.jsonl`; null where there is none. */
  samples: FileState | null;
  scores: FileState | null;
}

/** A change in the middle of a file that leaves its size goes unseen: nobody appends that way. `rebuild` helps. */
const ends = 64 << 10;

function stateOf(path: string): FileState | null {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return null;
  }
  try {
    const { size } = fstatSync(file);
    return { size, first: sumOf(file, 0, Math.min(size, ends)), last: sumOf(file, Math.max(0, size - ends), size) };
  } finally {
    closeSync(file);
  }
}

function sumOf(file: number, from: number, to: number): number {
  const bytes = Buffer.alloc(to - from);
  return crc32(bytes.subarray(0, readSync(file, bytes, 0, bytes.length, from)));
}

/** What decides what a row says, besides the files of the run. */
export interface MeasuredWith {
  columns: readonly TableColumn[];
  /** Prices, objectives and what the run says of itself. */
  facts: unknown;
  /** Metrics of the user's own; null where some of them are not at hand. */
  own: unknown;
}

export function runStateOf(folder: string, { columns, facts, own }: MeasuredWith): RunState {
  const schema = columns.map(({ name, parquet }) => [name, parquet]);
  return {
    measured: hash([version, schema, facts]),
    own: own === null ? null : hash(own),
    journals: Object.fromEntries(journalsOf(folder).map((file) => [basename(file), stateOf(file) as FileState])),
    samples: stateOf(join(folder, 'samples.jsonl')),
    scores: stateOf(join(folder, 'scores.jsonl')),
  };
}

const isSame = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

export const isFresh = (then: RunState | undefined, now: RunState): boolean =>
  then !== undefined && isSame(now.own === null ? { ...then, own: null } : then, now);

/**
 * Where rows that are there still hold, and only lines behind these positions are new: journal → bytes that were read.
 * Undefined where all rows have to be measured again.
 */
export function positionsRead(
  folder: string,
  then: RunState | undefined,
  now: RunState,
): Map<string, number> | undefined {
  if (!then || then.measured !== now.measured || then.own !== now.own) return undefined;
  if (!isSame([then.samples, then.scores], [now.samples, now.scores])) return undefined;
  const read = Object.entries(then.journals);
  const hold = read.every(([name, state]) => isPrefix(join(folder, name), state));
  return hold ? new Map(read.map(([name, { size }]) => [join(folder, name), size])) : undefined;
}

/** Whether a file still begins as it was. */
function isPrefix(path: string, { size, first, last }: FileState): boolean {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return false;
  }
  try {
    const { size: now } = fstatSync(file);
    return (
      now >= size &&
      first === sumOf(file, 0, Math.min(size, ends)) &&
      last === sumOf(file, Math.max(0, size - ends), size)
    );
  } finally {
    closeSync(file);
  }
}
