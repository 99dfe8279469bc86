import type { Trial, Turn } from '../core/index.ts';
import type { Line } from './read-lines.ts';
import { tooLong } from './read-lines.ts';
import { readSealed, type Seal } from './seal.ts';
import { problemOfSealedTrial, problemOfTrial } from './trial-shape.ts';

/**
 * The trial in a journal's line, or why it holds none. `isSealed` is false where the line has no checksum, so that damage
 * that leaves its shape behind cannot be seen.
 */
export type ParsedTrial = { trial: Trial; isSealed: boolean } | { problem: string };

/** @param seal where it is known already */
export function parseTrial(bytes: Buffer, seal?: Seal): ParsedTrial {
  const read = readSealed(bytes, seal);
  if ('problem' in read) return read;
  const problem = read.isSealed ? problemOfSealedTrial(read.value) : problemOfTrial(read.value);
  if (problem !== undefined) return { problem };
  return { trial: upgraded(read.value as Trial | TrialOfSchema1), isSealed: read.isSealed };
}

/** The same of a line as it was found in its file. */
export const trialIn = ({ bytes, isTooLong }: Line): ParsedTrial =>
  isTooLong ? { problem: tooLong } : parseTrial(bytes);

/** What journals held before turns had a start: calls followed each other without a gap on record. */
type TrialOfSchema1 = Omit<Trial, 'schema' | 'turns'> & { schema: 1; turns: Omit<Turn, 'start'>[] };

function upgraded(trial: Trial | TrialOfSchema1): Trial {
  if (trial.schema === 2) return trial;
  let start = 0;
  const turns = trial.turns.map((turn) => {
    const started = { ...turn, start };
    start += turn.end;
    return started;
  });
  return { ...trial, schema: 2, turns };
}
