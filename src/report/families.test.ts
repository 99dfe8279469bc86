import { describe, expect, it } from 'vitest';
import { nullTable } from '../../test/support/null-table.mjs';
import { reportOfTrials } from '../../test/support/report-of-trials.ts';
import { createRandom, type Sample } from '../core/index.ts';
import { absoluteColumns } from './absolute-columns.ts';
import { familyTable } from './families.ts';
import { percentileLine } from './percentile-text.ts';
import { renderMarkdown } from './render-markdown.ts';

/** 24 samples in families of 12; the policy takes half the time in one of them, and all of it in the other. */
async function report(families: (i: number) => string | undefined) {
  const trials = nullTable(createRandom(3), { samples: 24, policies: ['p'] });
  const baseline = trials.filter(({ cell }) => cell.policy_name === 'baseline');
  const again = baseline.map((trial, i) => {
    const part = i % 2 === 0 ? 0.5 : 1;
    const turns = trial.turns.map((turn) => ({ ...turn, at: turn.at.map((at) => part * at), end: part * turn.end }));
    return { ...trial, key: `p ${i}`, block: `p ${i}`, cell: { ...trial.cell, policy_name: 'p' }, turns };
  });
  const samples = baseline.map(({ sample: id }, i): [string, Sample] => {
    const family = families(i);
    return [id, { id, prompt: '', reference: 'yes', ...(family && { family }) }];
  });
  const made = [...baseline, ...again];
  return {
    baseline,
    report: await reportOfTrials({
      ...{ run: { id: 'r' }, trials: made, headlines: { b: 'exact_match' } },
      samples: new Map([['b', new Map(samples)]]),
    }),
  };
}

describe('families of samples', () => {
  it('show where an effect comes from', async () => {
    const { report: found, baseline } = await report((i) => (i % 2 === 0 ? 'copy' : 'quote'));
    const [copy, quote] = found.cells[1]!.families;
    expect(copy).toMatchObject({ family: 'copy', trials: 12 });
    expect(copy?.time_ratio).toBeCloseTo(0.5, 12);
    expect(quote?.time_ratio).toBeCloseTo(1, 12);
    const right = baseline.filter((trial, i) => i % 2 === 1 && trial.scores.exact_match === 1).length;
    expect(quote?.score).toBeCloseTo(right / 12, 12);
    const table = familyTable(found.cells)!;
    expect(table.rows.map((row) => row.slice(0, 3))).toEqual([
      ...[
        ['copy', 'baseline', '12'],
        ['copy', 'p', '12'],
        ['quote', 'baseline', '12'],
        ['quote', 'p', '12'],
      ],
    ]);
    expect(renderMarkdown(found)).toMatch(/By family of samples \(exploratory.*\n\n\| family \| policy/);
  });

  it('are not there where there is one, or none', async () => {
    for (const families of [() => undefined, () => 'one']) {
      const { report: found } = await report(families);
      expect(found.cells.flatMap((cell) => cell.families)).toEqual([]);
      expect(familyTable(found.cells)).toBeUndefined();
    }
  });
});

describe('absolute numbers', () => {
  it('are percentiles that so many samples support in milliseconds, and MiB', async () => {
    const { report: found, baseline } = await report(() => undefined);
    const ends = baseline.map(({ turns }) => turns[0]!.end).sort((a, b) => a - b);
    const half = (ends[11]! + ends[12]!) / 2;
    const [cell] = found.cells;
    const times = cell?.metrics.generation_time;
    expect(times?.p50).toBeCloseTo(half, 9);
    // Fewer than 7 or more than 17 of 24 values below the median have a chance of 2 · 1.1 %.
    expect(times?.intervals.p50).toEqual({ low: ends[6], high: ends[17] });
    expect([times?.p90, times?.p95, times?.p99]).toEqual([null, null, null]);
    expect(percentileLine(found.cells)).toBe(
      'Percentiles that 24 samples do not support are left out: p90 needs 29, p95 needs 59, p99 needs 299.',
    );
    const made = {
      ...cell!,
      metrics: { ...cell!.metrics, kv_bytes_mean: { ...cell!.metrics.cpu_seconds!, mean: 3 * 2 ** 20 } },
    };
    const columns = absoluteColumns([made]);
    expect(columns.map(({ title }) => title)).toEqual([
      'policy',
      'first token ms p50',
      'total ms p50',
      'CPU s',
      'KV MiB',
    ]);
    expect(columns.at(-1)?.of(made)).toBe('3');
    expect(columns[2]?.of(made)).toMatch(/^\d[\d,.]* \[\d[\d,.]*, \d[\d,.]*\]$/);
  });
});

describe('answers that are cut or empty', () => {
  it('show in columns and in warnings', async () => {
    const trials = nullTable(createRandom(4), { samples: 24, policies: ['p', 'silent'] }).map((trial) => {
      const { policy_name } = trial.cell;
      const turns = trial.turns.map((turn) => ({ ...turn, reason: policy_name === 'p' ? 'length' : 'stop' }) as const);
      return { ...trial, turns, ...(policy_name === 'silent' && { answer: { text: ' ' } }) };
    });
    const found = await reportOfTrials({ run: { id: 'r' }, trials, samples: new Map() });
    expect(renderMarkdown(found)).toMatch(/\| policy .*\| +cut \| empty \|/);
    expect(found.warnings).toEqual([
      'b: 24 of 24 answers of p were cut at the token limit: raise --max-tokens',
      'silent on b: 24 of 24 answers are empty; their times say nothing, and they keep no objective',
    ]);
  });
});
