/** A run folder made of given trials, as a run would have left it. */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Job, Trial } from '../../src/core/index.ts';
import { writeJobs } from '../../src/store/jobs-file.ts';
import { type SampleRow, writeSamples } from '../../src/store/samples-file.ts';
import { sealed, sealedDocument } from '../../src/store/seal.ts';

export interface FolderOf {
  trials: readonly Trial[];
  samples?: readonly SampleRow[];
  /** Fields of `run.json` that differ. */
  manifest?: Record<string, unknown>;
}

export async function runFolderOf(path: string, { trials, samples = [], manifest = {} }: FolderOf): Promise<string> {
  mkdirSync(path, { recursive: true });
  await writeSamples(join(path, 'samples.jsonl'), samples);
  await writeJobs(join(path, 'jobs.jsonl'), trials.map(jobOf));
  writeFileSync(join(path, 'run.json'), sealedDocument({ ...defaults, ...manifest }));
  appendTrials(path, trials);
  return path;
}

/** As a process that plays the run would: whole lines at the end of its journal. */
export function appendTrials(path: string, trials: readonly Trial[], writer = 'main'): void {
  appendFileSync(join(path, `journal-${writer}.jsonl`), trials.map((trial) => `${lineOf(trial)}\n`).join(''));
}

export const lineOf = (trial: Trial): string => sealed(JSON.stringify(trial));

const jobOf = ({ key, cell, params, sample, repeat, seed, block }: Trial): Job => ({
  ...{ key, cell, params, sample, repeat, seed, block },
});

const defaults = {
  ...{ schema: 1, id: '0123456789ab', created_at: '2026-01-01T00:00:00.000Z' },
  config: {
    ...{
      backend: { name: 'ggml', model: null, baseUrls: [], apiKeyEnv: null, threads: 1 },
      benchmarks: [],
      policies: [],
    },
    ...{ repeats: 1, seed: 1, maxTokens: null, temperature: 0.5, sampling: {}, margin: {}, concurrency: 1 },
  },
  ...{ versions: { ttcbench: '0.0.7', node: '20' }, model: {}, checks: {} },
  hardware: { cpu: 'made-up processor', cores: 2, memory_gib: 8, system: 'linux' },
  sessions: [{ started_at: '2026-01-01T00:00:00.000Z', ended_at: '2026-01-01T01:00:00.000Z', status: 'complete' }],
};
