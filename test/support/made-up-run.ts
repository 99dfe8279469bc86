/** The run behind the kept reports: made up, 24 samples, six cells, two timeouts and one composition that is refused. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sample, Trial } from '../../src/core/index.ts';
import { type Collected, collectRows, type Report } from '../../src/report/index.ts';
import { createMeasure, inPairs, measureTrials, type Row } from '../../src/rows/index.ts';
import { parseTrial } from '../../src/store/trial-line.ts';
import { aboutRun, reportOfTrials } from './report-of-trials.ts';

const folder = join(import.meta.dirname, '..', '..', 'src', 'report', 'golden');
const lines = (file: string) => readFileSync(join(folder, file), 'utf8').trim().split('\n');

function trialOf(line: string): Trial {
  const parsed = parseTrial(Buffer.from(line));
  if ('trial' in parsed) return parsed.trial;
  throw new Error(parsed.problem);
}

const trials = () => lines('journal.jsonl').map(trialOf);

export const madeUpSamples = () => lines('samples.jsonl').map((line): Sample => JSON.parse(line));

/** In the order in which they are collected. */
export const madeUpTrials = (): Trial[] => inPairs(trials());

function samples(): Map<string, Map<string, Sample>> {
  const known = madeUpSamples();
  return new Map([['extract', new Map(known.map((sample) => [sample.id, sample]))]]);
}

export async function madeUpRows(): Promise<Row[]> {
  const rows: Row[] = [];
  const measure = createMeasure({ run: 'runs/example', samples: samples() });
  for await (const { row } of measureTrials(inPairs(trials()), measure)) rows.push(row);
  return rows;
}

const policies = [
  'speculative_decoding',
  'early_exit_28',
  'adaptive_kv_static',
  'early_exit_28+speculative_decoding_layers',
];

export function madeUpCollected(): Promise<Collected> {
  const measure = createMeasure({ run: 'runs/example', samples: samples() });
  const run = aboutRun({ order: { benchmarks: [], policies } });
  return collectRows(measureTrials(inPairs(trials()), measure), { run });
}

export function madeUpReport(): Promise<Report> {
  return reportOfTrials({
    run: {
      id: 'runs/example',
      command: 'ttcbench run --benchmark extract --all',
      version: '0.1.0',
      started_at: '2026-11-02T10:00:00.000Z',
      ended_at: '2026-11-02T10:24:00.000Z',
      machine: 'made-up processor, 2 cores, 1 engine thread',
      notes: ['the numbers of this file are made up'],
    },
    ...{ trials: trials(), samples: samples() },
    policies,
    acts: {
      speculative_decoding: 'drafted',
      early_exit_28: 'exit_layer',
      adaptive_kv_static: 'evicted',
      'early_exit_28+speculative_decoding_layers': ['exit_layer', 'drafted'],
    },
    headlines: { extract: 'exact_match' },
    floors: { extract: { constant: 0.05, oracle: 1 } },
  });
}
