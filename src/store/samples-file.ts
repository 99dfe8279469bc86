/** `samples.jsonl`: what was asked and what was expected, once per sample. */
import type { Sample } from '../core/index.ts';
import { writeAtomically } from './atomic-file.ts';
import { readLines } from './read-lines.ts';

export interface SampleRow extends Sample {
  benchmark: string;
}

export async function writeSamples(path: string, samples: Iterable<SampleRow>): Promise<void> {
  await writeAtomically(path, lines(samples));
}

/** Only the common fields: a benchmark's own may be large, or no JSON. */
function* lines(samples: Iterable<SampleRow>): Generator<string> {
  for (const { id, benchmark, prompt, reference, family } of samples)
    yield JSON.stringify({ id, benchmark, prompt, reference, family });
}

/** Readable rows, and how many were not. */
export function readSamples(path: string): { samples: SampleRow[]; bad: number } {
  const samples: SampleRow[] = [];
  let bad = 0;
  for (const { bytes } of readLines(path)) {
    const row = parse(bytes);
    if (row) samples.push(row);
    else if (bytes.length > 0) bad++;
  }
  return { samples, bad };
}

function parse(bytes: Buffer): SampleRow | undefined {
  try {
    const row = JSON.parse(bytes.toString('utf8'));
    const texts = [row.id, row.benchmark, row.prompt, row.reference];
    return texts.every((text) => typeof text === 'string') ? row : undefined;
  } catch {
    return undefined;
  }
}
