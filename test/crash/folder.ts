/** Folders and trials for tests of the store. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Trial } from '../../src/core/index.ts';

/** A folder that goes with its scope. */
export function scratchFolder(): Disposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), 'ttcbench-test-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

export const trialOf = (key: string, changes: Partial<Trial> = {}): Trial => ({
  schema: 2,
  key,
  cell: {
    ...{ benchmark: 'toy', policy_name: 'baseline', realisation: 'engine', backend: 'toy', model: 'digits' },
    fidelity: 'exact',
  },
  params: {},
  block: 'toy/baseline/0',
  sample: `sample of ${key}`,
  repeat: 0,
  seed: 1,
  status: 'ok',
  ended_at: '2026-01-01T00:00:00.000Z',
  answer: { text: `answer ${key} ü\n"quoted"` },
  turns: [],
  counters: { sums: {}, tallies: {}, calls: [] },
  scores: {},
  ...changes,
});
