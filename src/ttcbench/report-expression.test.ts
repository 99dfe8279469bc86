/** Metrics that are expressions: over failed trials, and over columns that there are not. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluator } from '../metrics/index.ts';
import { checkGivenMetrics } from './check-given-metrics.ts';
import { dryRun } from './dry-run.ts';
import { loadConfig } from './load-config.ts';
import { openTables } from './open-tables.ts';
import { reportExpression } from './report-expression.ts';
import { reportOn } from './report-on.ts';
import { rescore } from './rescore.ts';
import { startRun } from './start-run.ts';

const folder = mkdtempSync(join(tmpdir(), 'ttcbench-expression-'));
afterAll(() => rmSync(folder, { recursive: true }));
const run = join(folder, 'run');
const write = (name: string, content: unknown) => {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
};

const load = (metrics?: string[]) => {
  const prompts = ['What is 2 + 2?', 'Is the sky blue?', 'word '.repeat(2000)];
  const lines = prompts.map((prompt, id) => JSON.stringify({ id: `${id}`, prompt, reference: 'yes' }));
  const benchmark = [write('mine.jsonl', lines.join('\n'))];
  const flags = { policy: ['early_exit_28'], benchmark, model: 'tiny8', maxTokens: '8', ...(metrics && { metrics }) };
  return loadConfig({ flags, env: {}, folder });
};

beforeAll(async () => {
  await startRun({ resolved: await load(), folderOf: () => run, report: 'folder' });
});

it('an expression has no value of a trial that failed, whatever it reads', async () => {
  using tables = await openTables([run]);
  const asked = { name: 'one', options: { expression: '1' }, within: 60_000 };
  const { report } = await reportExpression(tables.connection, run, asked);
  // One of the three prompts is longer than the model's context.
  const counts = report.cells.map(({ trials, failed, metrics }) => [trials, failed, metrics.one?.n]);
  expect(counts).toEqual(report.cells.map(() => [3, 1, 2]));
});

describe('a misspelt column is refused before anything is computed', () => {
  const misspelt = () => [write('wrong.json', { per_token: 'generatoin_time / completion_tokens' })];
  const refusal = {
    code: 'E_ARGUMENT',
    message: expect.stringMatching(/per_token: there is no column generatoin_time; did you mean generation_time\?$/),
  };

  it('of a run', async () => {
    await expect(dryRun(await load(misspelt()))).rejects.toMatchObject(refusal);
    const other = join(folder, 'other');
    const started = startRun({ resolved: await load(misspelt()), folderOf: () => other });
    await expect(started).rejects.toMatchObject(refusal);
    expect(readdirSync(folder)).not.toContain('other');
  });

  it('of a report, and of scores that are made anew: nothing is written', async () => {
    const before = readdirSync(run);
    await expect(reportOn(run, { metrics: misspelt(), write: 'folder' })).rejects.toMatchObject(refusal);
    const { signal } = new AbortController();
    await expect(rescore(run, { metrics: misspelt(), signal })).rejects.toMatchObject(refusal);
    await expect(rescore(run, { margin: { qualty: 0.1 }, signal })).rejects.toMatchObject({ code: 'E_ARGUMENT' });
    expect(readdirSync(run)).toEqual(before);
  });

  it('of a counter, too', async () => {
    const wrong = [write('counter.json', { share: 'counter_pases / completion_tokens' })];
    const message = expect.stringContaining('did you mean counter_passes?');
    await expect(reportOn(run, { metrics: wrong })).rejects.toMatchObject({ message });
    // What was refused was not added: the next report has no column of it.
    expect(evaluator.metrics().map(({ name }) => name)).not.toContain('share');
  });

  it('but for those that only trials of another version have', () => {
    const trials = () => [{ scores: { f1: 1 }, counters: { sums: { earlier_name: 3 }, tallies: {} } }] as never;
    const given = [write('earlier.json', { earlier: 'counter_earlier_name / f1' })];
    expect(() => checkGivenMetrics({ trials }, given)).not.toThrow();
    expect(() => checkGivenMetrics({ trials: () => [] as never }, given)).toThrow('no column counter_earlier_name');
  });
});
