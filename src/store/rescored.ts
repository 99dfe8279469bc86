/** `scores.jsonl`: scores that were computed anew after the run; they stand in for those in the journal. */
import { join } from 'node:path';
import type { Trial } from '../core/index.ts';
import { writeAtomically } from './atomic-file.ts';
import { isObject } from './is-object.ts';
import { readLines } from './read-lines.ts';

const fileName = 'scores.jsonl';

/** New scores of a trial, and the encoder behind those that compare meanings. */
export type Rescored = Pick<Trial, 'scores' | 'encoder'>;

export async function writeScores(folder: string, scores: ReadonlyMap<string, Rescored>): Promise<void> {
  await writeAtomically(
    join(folder, fileName),
    [...scores].map(([key, { scores, encoder }]) => JSON.stringify({ key, scores, encoder })),
  );
}

/** Trial key → scores; lines that cannot be read count as not there. */
export function readScores(folder: string): Map<string, Rescored> {
  const found = new Map<string, Rescored>();
  for (const { bytes } of readLines(join(folder, fileName))) {
    const line = parse(bytes);
    if (line) found.set(line.key, { scores: line.scores, ...(line.encoder && { encoder: line.encoder }) });
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
  const { error, encoder: _, ...rest } = trial;
  return { ...rest, ...found, ...(error && error.code !== 'E_SCORE' && { error }) };
}
