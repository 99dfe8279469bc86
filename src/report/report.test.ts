import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Sample, Trial } from '../core/index.ts';
import { buildReport, renderMarkdown } from './index.ts';
import type { ReportInput } from './report-types.ts';

const folder = join(import.meta.dirname, 'golden');
const lines = <T>(file: string): T[] =>
  readFileSync(join(folder, file), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

/** A run that was made up for this test: 24 samples, six cells, two timeouts and one composition that is refused. */
const input = (): ReportInput => ({
  run: {
    id: 'runs/example',
    command: 'ttcbench run --benchmark extract --all',
    version: '0.1.0',
    started_at: '2026-11-02T10:00:00.000Z',
    ended_at: '2026-11-02T10:24:00.000Z',
    machine: 'made-up processor, 2 cores, 1 engine thread',
    notes: ['the numbers of this file are made up'],
  },
  trials: lines<Trial>('journal.jsonl'),
  samples: new Map([['extract', new Map(lines<Sample>('samples.jsonl').map((sample) => [sample.id, sample]))]]),
  acts: {
    speculative_decoding: 'drafted',
    early_exit_28: 'exit_layer',
    adaptive_kv_static: 'evicted',
    'early_exit_28+speculative_decoding_layers': ['exit_layer', 'drafted'],
  },
  headlines: { extract: 'exact_match' },
  floors: { extract: { constant: 0.05, oracle: 1 } },
});

/** Nine digits: the last ones may differ between versions of the JavaScript engine. */
const rounded = (_: string, value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(9)) : value);

describe('report', () => {
  it('gives the kept JSON and Markdown for the kept journal', async () => {
    const report = await buildReport(input());
    await expect(`${JSON.stringify(report, rounded, 1)}\n`).toMatchFileSnapshot('golden/report.json');
    await expect(renderMarkdown(report)).toMatchFileSnapshot('golden/metrics_report.md');
  });
});
