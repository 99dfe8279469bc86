/** `scores.jsonl`: scores that were computed after their trials; they stand in for those in the journal. */
import { join } from 'node:path';
import type { Trial } from '../core/index.ts';
import { type AppendLog, openAppendLog } from './append-log.ts';
import { writeAtomically } from './atomic-file.ts';
import { isObject } from './is-object.ts';
import { readLines } from './read-lines.ts';

const fileName = 'scores.jsonl';

/** New scores of a trial, the encoder behind those that compare meanings, and why scores are missing. */
export type Rescored = Pick<Trial, 'scores' | 'encoder' | 'error'>;

/** Scores of this run's trials, one by one. */
export interface ScoreLog extends AsyncDisposable {
  has(key: string): boolean;
  /** What a loss of power takes is scored again. */
  append(trial: Trial): Promise<void>;
}

/** Makes no file before the first score. The caller holds the folder's lock. */
export function openScores(folder: string): ScoreLog {
  const known = new Set(readScores(folder).keys());
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

const lineOf = (key: string, { scores, encoder, error }: Rescored) => JSON.stringify({ key, scores, encoder, error });

export async function writeScores(folder: string, scores: ReadonlyMap<string, Rescored>): Promise<void> {
  await writeAtomically(
    join(folder, fileName),
    [...scores].map(([key, rescored]) => lineOf(key, rescored)),
  );
}

/** Trial key → scores; lines that cannot be read count as not there. */
export function readScores(folder: string): Map<string, Rescored> {
  const found = new Map<string, Rescored>();
  for (const { bytes } of readLines(join(folder, fileName))) {
    const line = parse(bytes);
    if (!line) continue;
    const { key, scores, encoder, error } = line;
    found.set(key, { scores, ...(encoder && { encoder }), ...(error && { error }) });
  }
  return found;
}

function parse(bytes: Buffer): (Rescored & { key: string }) | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    const fits = isObject(value) && typeof value.key === 'string' && isObject(value.scores);
    return fits ? (value as unknown as Rescored & { key: string }) : undefined;
  } catch {
    return undefined;
  }
}

/** The trial with its new scores, where it has any. */
export function withRescored(trial: Trial, rescored: ReadonlyMap<string, Rescored>): Trial {
  const found = rescored.get(trial.key);
  if (!found) return trial;
  const { error, encoder: _, unscored: __, ...rest } = trial;
  return { ...rest, ...(error && error.code !== 'E_SCORE' && { error }), ...found };
}
