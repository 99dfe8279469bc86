/** `scores.jsonl`: scores that were computed after their trials; they stand in for those in the journal. */
import { join } from 'node:path';
import type { Trial } from '../core/index.ts';
import { type AppendLog, openAppendLog } from './append-log.ts';
import { writeAtomically } from './atomic-file.ts';
import { openFileReader } from './read-at.ts';
import { readLines } from './read-lines.ts';
import { readSealed, sealed } from './seal.ts';
import { isRescored } from './trial-shape.ts';

const fileName = 'scores.jsonl';

/** New scores of a trial, the encoder used by those that compare meanings, and why scores are missing. */
export type Rescored = Pick<Trial, 'scores' | 'encoder' | 'error'>;

/** Scores of this run's trials, one by one. */
export interface ScoreLog extends AsyncDisposable {
  has(key: string): boolean;
  /** What a loss of power takes is scored again. */
  append(trial: Trial): Promise<void>;
}

/** Makes no file before the first score. The caller holds the folder's lock. */
export function openScores(folder: string): ScoreLog {
  using scores = readScores(folder);
  const known = new Set(scores.keys());
  let log: Promise<AppendLog> | undefined;
  return {
    has: (key) => known.has(key),
    async append(trial) {
      log ??= openAppendLog(join(folder, fileName), 'process');
      await (await log).append(lineOf(trial.key, trial));
      known.add(trial.key);
    },
    async [Symbol.asyncDispose]() {
      await (await log)?.close();
    },
  };
}

const lineOf = (key: string, { scores, encoder, error }: Rescored) =>
  sealed(JSON.stringify({ key, scores, encoder, error }));

export async function writeScores(folder: string, scores: ReadonlyMap<string, Rescored>): Promise<void> {
  await writeAtomically(
    join(folder, fileName),
    [...scores].map(([key, rescored]) => lineOf(key, rescored)),
  );
}

/** Scores by trial key, read from disk one at a time: those of a large run would take more memory than its report. */
export interface ReadScores extends Disposable {
  readonly size: number;
  keys(): Iterable<string>;
  get(key: string): Rescored | undefined;
  /** Lines that hold no scores, and those without a checksum: older versions wrote none. */
  readonly bad: number;
  readonly unsealed: number;
}

/** Lines that cannot be read count as not there. */
export function readScores(folder: string): ReadScores {
  const file = join(folder, fileName);
  const places = new Map<string, { offset: number; length: number }>();
  let bad = 0;
  let unsealed = 0;
  for (const { offset, bytes, isTooLong, isTorn } of readLines(file, { rest: true })) {
    if (bytes.length === 0) continue;
    const line = isTooLong || isTorn ? undefined : parse(bytes);
    if (!line) bad++;
    else {
      if (!line.isSealed) unsealed++;
      places.set(line.key, { offset, length: bytes.length });
    }
  }
  const files = openFileReader();
  return {
    get size() {
      return places.size;
    },
    keys: () => places.keys(),
    bad,
    unsealed,
    get(key) {
      const place = places.get(key);
      const line = place && parse(files.read({ file, ...place }));
      if (!line) return undefined;
      const { scores, encoder, error } = line;
      return { scores, ...(encoder && { encoder }), ...(error && { error }) };
    },
    [Symbol.dispose]: () => files[Symbol.dispose](),
  };
}

function parse(bytes: Buffer): (Rescored & { key: string; isSealed: boolean }) | undefined {
  const read = readSealed(bytes);
  if ('problem' in read || !isRescored(read.value)) return undefined;
  return { ...(read.value as Rescored & { key: string }), isSealed: read.isSealed };
}

/** The trial with its new scores, where it has any. */
export function withRescored(trial: Trial, rescored: Pick<ReadScores, 'get'>): Trial {
  const found = rescored.get(trial.key);
  if (!found) return trial;
  const { error, encoder: _, unscored: __, ...rest } = trial;
  return { ...rest, ...(error && error.code !== 'E_SCORE' && { error }), ...found };
}
