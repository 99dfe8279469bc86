/** `floors.json`: what the best constant answer, answers to other questions and the references themselves would score. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { groupBy, type Judges, type Sample } from '../core/index.ts';
import { writeAtomically } from '../store/atomic-file.ts';
import { documentSealOf, sealedDocument } from '../store/seal.ts';
import type { OpenedBenchmark } from './open-benchmarks.ts';

export interface Floor {
  constant: number;
  oracle: number;
  /** Every sample answered with the reference of the next one of its family, as if their contexts had been shuffled. */
  shuffled?: number;
}

export type Floors = Record<string, Floor>;

/** References tried as the constant answer, the most frequent first; more would cost more than they tell. */
const mostCandidates = 24;

export async function writeFloors(
  folder: string,
  benchmarks: readonly OpenedBenchmark[],
  judges: Judges,
): Promise<void> {
  const floors: Floors = {};
  for (const benchmark of benchmarks) {
    const floor = await floorOf(benchmark, judges);
    if (floor) floors[benchmark.planned.name] = floor;
  }
  await writeAtomically(join(folder, 'floors.json'), sealedDocument({ floors }));
}

/** None where there is no such file; it is computed anew by the next report of a run. `isDamaged`: it cannot be used. */
export function readFloors(folder: string): { floors: Floors; isDamaged: boolean } {
  const text = textOf(join(folder, 'floors.json'));
  if (text === undefined) return { floors: {}, isDamaged: false };
  const floors = documentSealOf(text) === 'broken' ? undefined : floorsIn(text);
  return { floors: floors ?? {}, isDamaged: floors === undefined };
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Older versions wrote the floors without anything around them. */
function floorsIn(text: string): Floors | undefined {
  try {
    const { floors, ...older } = JSON.parse(text) as { floors?: Floors; crc?: string };
    const found: unknown = floors ?? older;
    return isFloors(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

function isFloors(value: unknown): value is Floors {
  const isFloor = (floor: unknown) =>
    typeof floor === 'object' &&
    floor !== null &&
    Number.isFinite((floor as Floor).constant) &&
    Number.isFinite((floor as Floor).oracle);
  return typeof value === 'object' && value !== null && Object.values(value).every(isFloor);
}

/** Means of the headline score; undefined where the benchmark cannot score without a judge that is not there. */
async function floorOf({ played, headline }: OpenedBenchmark, judges: Judges): Promise<Floor | undefined> {
  const samples = [...played.samples.values()];
  const mean = async (answerOf: (sample: Sample) => string) => {
    let sum = 0;
    for (const sample of samples) {
      const scores = await played.open.score(sample, { text: answerOf(sample) }, judges);
      sum += scores[headline] ?? Number.NaN;
    }
    return sum / samples.length;
  };
  try {
    let constant = 0;
    for (const answer of frequent(samples)) constant = Math.max(constant, await mean(() => answer));
    const oracle = await mean(({ reference }) => reference);
    const others = answersOfOthers(samples);
    const shuffled = await mean(({ id }) => others.get(id) as string);
    return Number.isFinite(oracle) ? { constant, oracle, shuffled } : undefined;
  } catch {
    return undefined;
  }
}

/** Sample → reference of the next of its family; the last gets that of the first. */
function answersOfOthers(samples: readonly Sample[]): Map<string, string> {
  const families = groupBy(samples, ({ family }) => family);
  return new Map(
    [...families.values()].flatMap((group) =>
      group.map(({ id }, i) => [id, (group[(i + 1) % group.length] as Sample).reference] as const),
    ),
  );
}

function frequent(samples: readonly Sample[]): string[] {
  const counts = new Map<string, number>();
  for (const { reference } of samples) counts.set(reference, (counts.get(reference) ?? 0) + 1);
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, mostCandidates)
    .map(([reference]) => reference);
}
