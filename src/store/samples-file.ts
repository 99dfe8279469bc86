/** `samples.jsonl`: what was asked and what was expected, once per sample. */
import type { Sample } from '../core/index.ts';
import { writeAtomically } from './atomic-file.ts';
import { isObject } from './is-object.ts';
import { readLines } from './read-lines.ts';
import { readSealed, sealed } from './seal.ts';

export interface SampleRow extends Sample {
  benchmark: string;
}

export async function writeSamples(path: string, samples: Iterable<SampleRow>): Promise<void> {
  await writeAtomically(path, lines(samples));
}

/** Only the common fields: a benchmark's own may be large, or no JSON. */
function* lines(samples: Iterable<SampleRow>): Generator<string> {
  for (const { id, benchmark, prompt, reference, family } of samples)
    yield sealed(JSON.stringify({ id, benchmark, prompt, reference, family }));
}

/** Readable rows, how many were not, and how many have no checksum: older versions wrote none. */
export function readSamples(path: string): { samples: SampleRow[]; bad: number; unsealed: number } {
  const samples: SampleRow[] = [];
  let bad = 0;
  let unsealed = 0;
  for (const { bytes, isTooLong, isTorn } of readLines(path, { rest: true })) {
    if (bytes.length === 0) continue;
    const read = readSealed(bytes);
    if (isTooLong || isTorn || 'problem' in read || !isRow(read.value)) bad++;
    else {
      if (!read.isSealed) unsealed++;
      samples.push(read.value);
    }
  }
  return { samples, bad, unsealed };
}

function isRow(value: unknown): value is SampleRow {
  if (!isObject(value)) return false;
  const { id, benchmark, prompt, reference, family = '' } = value;
  return [id, benchmark, prompt, reference, family].every((text) => typeof text === 'string');
}
