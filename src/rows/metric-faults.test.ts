import { expect, it } from 'vitest';
import { type MetricFault, type UserMetricOptions, userMetric } from '../metrics/index.ts';
import type { MeasuredTrial } from './measure.ts';
import { collectFaults } from './metric-faults.ts';
import type { Row } from './row.ts';

const order = { benchmarks: [], policies: [] };
const measured = (
  policy_name: string,
  sample_id: string,
  faults: MetricFault[],
  own_metrics: Record<string, number> = {},
): MeasuredTrial => ({
  row: { policy_name, benchmark: 'b', sample_id, own_metrics, scores: {} } as unknown as Row,
  faults,
});
const own = (name: string, options?: UserMetricOptions) => userMetric(name, () => 0, options);

it('a metric that fails in one way is one warning, whatever the number of policies', () => {
  const found = collectFaults([], order);
  const no = { metric: 'm', problem: 'no' };
  for (const policy of ['baseline', 'p', 'q']) {
    for (const sample of ['s0', 's1'])
      found.read(measured(policy, sample, policy === 'q' ? [no, { metric: 'n', problem: 'NaN' }] : [no]));
  }
  expect(found.warnings()).toEqual([
    'm is missing in 6 of 6 trials, in all 3 cells; the first, s0: no',
    'n is missing in 2 of 2 trials of q on b; the first, s0: NaN',
  ]);
});

/** Warnings of a metric `m` with these problems: policy → problem of each of its trials, '' for none. */
function warningsOf(problems: Record<string, readonly string[]>): string[] {
  const found = collectFaults([], order);
  for (const [policy, each] of Object.entries(problems))
    each.forEach((problem, at) => {
      found.read(measured(policy, `s${at}`, problem ? [{ metric: 'm', problem }] : []));
    });
  return found.warnings();
}

it('says each cause, with the cells that have it', () => {
  const late = 'it failed: no value came within 60 s';
  const nan = 'NaN is not a finite number';
  expect(warningsOf({ a: ['', ''], b: ['', late], c: [nan, nan], d: ['', ''], e: ['', nan] })).toEqual([
    `m is missing in 1 of 2 trials of b on b; the first, s1: ${late}`,
    `m is missing in 3 of 4 trials of c on b and e on b; the first, s0: ${nan}`,
  ]);
  expect(warningsOf({ a: [nan, ''], b: ['', nan], c: ['', ''], d: [nan] })).toEqual([
    `m is missing in 3 of 5 trials, in all cells but c on b; the first, s0: ${nan}`,
  ]);
});

it('tells causes apart, not trials that a message quotes, and only a few', () => {
  const quoting = ['no word "apple" at 3', 'no word "pear" at 17', 'no word ‘kiwi’ at 2'];
  expect(warningsOf({ a: quoting })).toEqual([
    'm is missing in 3 of 3 trials of a on b; the first, s0: no word "apple" at 3',
  ]);
  const many = [...'abcdefg'].map((letter) => `no ${letter}`);
  const warnings = warningsOf({ a: many });
  expect(warnings).toHaveLength(5);
  expect(warnings[4]).toBe('m is missing for other reasons in 3 of 7 trials of a on b; the first, s4: no e');
});

it('a metric of one’s own without a unit that is no score is told so once, with how to declare it', () => {
  const extra = [own('words'), own('below'), own('letters', { unit: 'count' }), own('same'), own('none')];
  const found = collectFaults(extra, order);
  const values = { words: 37, below: -0.5, letters: 37, same: 1 + 1e-12, theirs: 5 };
  for (const sample of ['s0', 's1']) found.read(measured('p', sample, [], values));
  found.read(measured('p', 's2', [], { words: 0 }));
  const [words, below, ...others] = found.warnings();
  expect(words).toMatch(/^words is read as a score but lies outside \[0, 1\] in 2 of 3 trials of p on b; .*s0: 37\./);
  expect(words).toContain("{ score, unit: 'count', better: 'less' }");
  expect(below).toMatch(/^below .*: -0\.5\./);
  expect(others).toEqual([]);
});
