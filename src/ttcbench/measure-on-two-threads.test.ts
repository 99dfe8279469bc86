import { appendFileSync, cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { metrics } from '../metrics/index.ts';
import { createMeasure, describeRow, type MeasuredTrial } from '../rows/index.ts';
import { readRun } from '../store/read-run.ts';
import { measureOnTwoThreads } from './measure-on-two-threads.ts';

const kept = join(import.meta.dirname, '..', '..', 'test', 'old-run-folder', 'engine');
const scratch = mkdtempSync(join(tmpdir(), 'ttcbench-threads-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const names = [...describeRow().map(({ name }) => name), ...metrics.map(({ name }) => name)];

/** Every value of every row. @param least trials from which on two threads measure @param size trials a piece has */
async function valuesOf(folder: string, least: number, headlines: Record<string, string> = {}) {
  const read = readRun(folder);
  const [first] = read.samples;
  const samples = new Map([
    [first?.benchmark ?? '', new Map(read.samples.map((sample) => [sample.id, sample] as const))],
  ]);
  const about = { run: folder, samples };
  const measure = createMeasure({ ...about, headlines });
  const pieces: typeof read.pieces = () => read.pieces(3);
  const rows: MeasuredTrial[] = [];
  for await (const one of measureOnTwoThreads({ ...read, pieces }, measure, about, least)) rows.push(one);
  return {
    values: rows.map(({ row, faults }) => [names.map((name) => row[name]), faults]),
    /** Rows that came from the other thread hold no values of their own. */
    packed: rows.filter(({ row }) => Object.keys(row).length === 0).length,
    headlines: [...measure.headlines],
    bad: read.badLines(),
  };
}

describe('a run that is measured on two threads', () => {
  it('gives the rows of one thread, in their order', async () => {
    const alone = await valuesOf(kept, Number.POSITIVE_INFINITY);
    const shared = await valuesOf(kept, 0);
    expect(shared.packed, 'no other thread: npm run build').toBeGreaterThan(0);
    expect(alone.packed).toBe(0);
    expect(alone.values).toHaveLength(12);
    expect(shared.values).toEqual(alone.values);
    expect(shared.headlines).toEqual(alone.headlines);
  });

  it('counts lines that hold no trial once', async () => {
    const folder = join(scratch, 'damaged');
    cpSync(kept, folder, { recursive: true });
    const journal = readdirSync(folder).find((name) => name.startsWith('journal-')) as string;
    const cell = { benchmark: 'b', policy_name: 'p', backend: 'x', model: 'm' };
    const head = { schema: 2, key: 'k', cell, sample: 's', repeat: 0, ended_at: '2026-01-01T00:00:00.000Z' };
    appendFileSync(join(folder, journal), `${JSON.stringify({ ...head, turns: [], status: 'odd' })}\n`);
    const [alone, shared] = [await valuesOf(folder, Number.POSITIVE_INFINITY), await valuesOf(folder, 0)];
    expect(alone.bad).toBe(1);
    expect(shared.bad).toBe(1);
    expect(shared.values).toEqual(alone.values);
  });

  it('ends the other thread where its rows are not wanted any more', async () => {
    const read = readRun(kept);
    const about = { run: kept, samples: new Map() };
    const rows = measureOnTwoThreads(read, createMeasure(about), about, 0);
    await rows.next();
    await expect(rows.return(undefined)).resolves.toEqual({ done: true, value: undefined });
  });
});
