/** Run folders that version 0.1.0 wrote (trials of schema 1) have the report that it gave them. */
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { reportOn } from '../src/ttcbench/index.ts';
import { reportNumbers } from './support/report-numbers.ts';

const kept = join(import.meta.dirname, 'old-run-folder');
const scratch = mkdtempSync(join(tmpdir(), 'ttcbench-old-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Reasons for missing values may be worded anew. */
const withoutReasons = (line: string) => !/: missing:/.test(line);

/**
 * The p that is corrected over the decisions of a whole table is new, and so are the answer to another sample and the rule
 * by which a percentile is shown: of `mean p50 p95 p99 n=…` the mean and n stay.
 */
const withoutNew = (line: string) =>
  line
    .replace(/ table=\S+/, '')
    .replace('"shuffled":null,', '')
    .replace(/^([^:]+: \w+: \S+) .*( n=\d+)$/, '$1$2');

describe.each(['engine', 'api'])('a run folder of an older version, %s', (name) => {
  const folder = join(scratch, name);
  cpSync(join(kept, name), folder, { recursive: true });

  it('has every number it had', async () => {
    const numbers = new Set(reportNumbers(await reportOn(folder)).map(withoutNew));
    const before = readFileSync(join(kept, `${name}.txt`), 'utf8')
      .trimEnd()
      .split('\n');
    expect(before.length).toBeGreaterThan(50);
    expect(before.filter((line) => withoutReasons(line) && !numbers.has(withoutNew(line)))).toEqual([]);
  });

  it('is read without damage', async () => {
    const { run } = await reportOn(folder);
    expect(run.notes?.filter((note) => note.includes('cannot be read'))).toEqual([]);
  });
});

it('stands in the order in which it was asked for, whatever the order of play', async () => {
  const { cells } = await reportOn(join(scratch, 'engine'));
  expect(cells.map(({ policy_name }) => policy_name)).toEqual([
    ...['baseline', 'speculative_decoding', 'elastic_batch_greedy', 'baseline_again'],
  ]);
});
