/** `scores.jsonl`: scores that were computed anew after the run; they stand in for those in the journal. */
import { join } from 'node:path';
import type { Scores, Trial } from '../core/index.ts';
import { writeAtomically } from './atomic-file.ts';
import { isObject } from './is-object.ts';
import { readLines } from './read-lines.ts';

const fileName = 'scores.jsonl';

export async function writeScores(folder: string, scores: ReadonlyMap<string, Scores>): Promise<void> {
  await writeAtomically(
    join(folder, fileName),
    [...scores].map(([key, values]) => JSON.stringify({ key, scores: values })),
  );
}

/** Trial key → scores; lines that cannot be read count as not there. */
export function readScores(folder: string): Map<string, Scores> {
  const found = new Map<string, Scores>();
  for (const { bytes } of readLines(join(folder, fileName))) {
    const line = parse(bytes);
    if (line) found.set(line.key, line.scores);
  }
  return found;
}

function parse(bytes: Buffer): { key: string; scores: Scores } | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    const fits = isObject(value) && typeof value.key === 'string' && isObject(value.scores);
    return fits ? (value as unknown as { key: string; scores: Scores }) : undefined;
  } catch {
    return undefined;
  }
}

/** The trial with its new scores, where it has any. */
export function withRescored(trial: Trial, rescored: ReadonlyMap<string, Scores>): Trial {
  const scores = rescored.get(trial.key);
  if (!scores) return trial;
  const { error, ...rest } = trial;
  return { ...rest, scores, ...(error && error.code !== 'E_SCORE' && { error }) };
}
