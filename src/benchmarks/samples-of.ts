import type { OpenBenchmark, Sample } from '../core/index.ts';

/** All samples at once. */
export async function samplesOf<S extends Sample>(open: OpenBenchmark<S>): Promise<S[]> {
  const samples: S[] = [];
  for await (const sample of open.samples()) samples.push(sample);
  return samples;
}
