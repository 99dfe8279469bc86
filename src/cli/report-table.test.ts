import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { madeUpReport } from '../../test/support/made-up-run.ts';
import type { Report } from '../report/index.ts';
import { renderTerminalTable } from './report-table.ts';

const golden = join(import.meta.dirname, '..', 'report', 'golden');
const report: Report = await madeUpReport();
const drawn = new Map<number, string>();
const plain = (width: number, of = report) => {
  if (of !== report) return renderTerminalTable(of, { width, colour: false });
  // Drawn once a width: a table takes 50 ms.
  const text = drawn.get(width) ?? renderTerminalTable(report, { width, colour: false });
  drawn.set(width, text);
  return text;
};
const longest = (text: string) => Math.max(...text.split('\n').map((line) => [...line].length));

describe('renderTerminalTable', () => {
  it('looks as it did', async () => {
    for (const width of [80, 120, 200])
      await expect(plain(width)).toMatchFileSnapshot(join(golden, `table-${width}.txt`));
  });
  it('fits every width from 80 columns on', () => {
    for (let width = 80; width <= 220; width += 7)
      expect(longest(plain(width)), String(width)).toBeLessThanOrEqual(width);
  });
  it('shows the more, the more room there is, and verdict, kind and failures at any width', () => {
    expect(plain(200)).toContain('[0.63, 0.68]');
    for (const width of [80, 120, 200])
      for (const words of [
        'better',
        'worse',
        'too few samples',
        'did not act',
        'unsupported',
        'E_TIMEOUT',
        'Noise floor',
      ])
        expect(plain(width)).toContain(words);
  });
  it('says why trials failed at any width, and gives milliseconds and MiB where there is room', () => {
    const unbroken = (text: string) => text.replace(/\s+/g, ' ');
    for (const width of [60, 80, 120, 200]) {
      expect(unbroken(plain(width))).toContain('early_exit_28: 2 failed, E_TIMEOUT: the trial took longer than 30 s');
      expect(plain(width)).toContain('first token ms p50');
      expect(plain(width)).toContain('total ms p50');
    }
    expect(plain(120)).toMatch(/ KV MiB/);
    expect(unbroken(plain(80))).toMatch(/Not in this width: .*KV MiB/);
  });
  it('colours nothing but what is there', () => {
    const coloured = renderTerminalTable(report, { width: 120, colour: true });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape is what is removed
    const stripped = coloured.replace(/\u001b\[\d+m/g, '').replace(/ +$/gm, '');
    expect(coloured).toContain('\u001b[32mbetter\u001b[0m');
    expect(stripped).toBe(plain(120));
  });
  it('breaks the names of sweeps and compositions', () => {
    const label = 'early_exit_28+elastic_batch_greedy[exit_layer=24,confidence_threshold=0.95]';
    const cells = report.cells.map((cell, i) => (i === 1 ? { ...cell, policy_name: label } : cell));
    expect(longest(plain(80, { ...report, cells }))).toBeLessThanOrEqual(80);
  });
  it('tells makespans from times at any width', () => {
    const makespan = { ...report.cells[1]?.vs_baseline.generation_time, n: 1, verdict: 'too few' };
    const blocks = { count: 1, compared: 1, offered: 24, asked: 32 };
    const cells = report.cells.map((cell, i) => (i === 1 ? { ...cell, blocks, vs_baseline: { makespan } } : cell));
    const batched = { ...report, cells } as Report;
    expect(plain(220, batched)).toMatch(/of the baseline's total, 1 block, too few samples/);
    expect(plain(80, batched)).toMatch(/\d of total,[\s\S]*1 block,\s+too few samples/);
    expect(plain(80, batched)).toContain('offered 24 samples at once instead of 32');
    for (let width = 80; width <= 220; width += 7) expect(longest(plain(width, batched))).toBeLessThanOrEqual(width);
  });
  it('does not hide warnings', () => {
    expect(plain(80, { ...report, warnings: ['odd of s1 failed'] })).toContain('warning: odd of s1 failed');
    const many = Array.from({ length: 7 }, (_, i) => `odd of s${i} failed`);
    expect(plain(80, { ...report, warnings: many })).toMatch(/s4 failed\n2 more warnings: see metrics_report.md/);
  });
  it('says what must be known of the whole run', () => {
    const note = 'times of this run are in doubt: the engine had 40 % of a core while it answered';
    expect(plain(200, { ...report, run: { ...report.run, notes: [note] } })).toContain(note);
  });
  it('has nothing to show of an empty report', () => {
    expect(plain(80, { ...report, groups: [], cells: [] })).toBe('No trial has finished yet.');
  });
});
