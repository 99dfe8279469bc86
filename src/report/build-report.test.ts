import { describe, expect, it } from 'vitest';
import { build, cellOf, play, verdictOf } from '../../test/support/made-up-trials.ts';
import type { TrialsAtHand } from '../../test/support/report-of-trials.ts';
import type { Trial } from '../core/index.ts';
import { metrics, userMetric } from '../metrics/index.ts';
import { noiseName } from '../rows/index.ts';
import { kindOf } from './cell-text.ts';
import { renderMarkdown } from './render-markdown.ts';
import type { ReportCell } from './report-types.ts';

describe('a report', () => {
  const baseline = play('baseline');

  it('finds what is faster, slower and the same, and says so of the right policy', async () => {
    const report = await build([
      ...play('slow', { time: () => 130 }),
      ...play('same'),
      ...baseline,
      ...play('fast', { time: () => 80 }),
    ]);
    const verdicts = ['fast', 'slow', 'same'].map((name) => verdictOf(report, name, 'generation_time'));
    expect(verdicts).toEqual(['better', 'worse', 'equivalent']);
    expect(cellOf(report, 'fast')?.vs_baseline.generation_time?.ratio.mean).toBeCloseTo(0.8, 2);
    expect(verdictOf(report, 'fast', 'throughput')).toBe('better');
    expect(verdictOf(report, 'slow', 'throughput')).toBe('worse');
    expect(report.cells.map(({ policy_name }) => policy_name)).toEqual(['baseline', 'slow', 'same', 'fast']);
  });

  it('corrects for the number of policies, the noise floor left out', async () => {
    const policies = ['a', 'b', 'c'].flatMap((name) => play(name, { time: (i) => 100 + (i % 3) }));
    const report = await build([...baseline, ...policies, ...play(noiseName, { time: (i) => 100 + (i % 3) })]);
    const { p, p_holm } = cellOf(report, 'a')?.vs_baseline.generation_time ?? {};
    expect(p_holm).toBeCloseTo(3 * (p as number), 12);
    const noise = cellOf(report, noiseName)?.vs_baseline.generation_time;
    expect(noise?.p_holm).toBe(noise?.p);
    expect(report.cells.at(-1)?.policy_name).toBe(noiseName);
  });

  it('judges by the corrected p: of exploratory metrics for the number of policies, of decisions for the table', async () => {
    // Slower by 1.9 give or take 6: p is about 0.02 alone, and above 0.05 beside two others that show as little.
    const shaky = (name: string) => play(name, { time: (i) => 101.9 + (6 * (i - 11.5)) / 11.5 });
    const margin = { generation_time: 0, throughput: 0 };
    const alone = await build([...baseline, ...shaky('a')], { margin });
    const beside = await build([...baseline, ...shaky('a'), ...shaky('b'), ...shaky('c')], { margin });
    expect(verdictOf(alone, 'a', 'throughput')).toBe('worse');
    expect(verdictOf(beside, 'a', 'throughput')).toBe('not shown');
    // Three policies that do the same on every sample are one piece of evidence, and the shared flips know it.
    expect(verdictOf(beside, 'a', 'generation_time')).toBe('worse');
  });

  it('counts a failed trial 0 in the reward and leaves it out elsewhere', async () => {
    const some = play('p').map((trial, i) => (i < 6 ? play('p', { status: 'failed' })[i]! : trial));
    const cell = cellOf(await build([...baseline, ...some]), 'p');
    expect(cell).toMatchObject({ trials: 24, failed: 6 });
    expect(cell?.metrics.reward).toMatchObject({ mean: 0.75, n: 24 });
    expect(cell?.metrics.exact_match).toMatchObject({ mean: 1, n: 18 });
    expect(cell?.vs_baseline.generation_time?.n).toBe(18);
    expect(cell?.vs_baseline.generation_time?.verdict).toBe('too few');
    expect(cell?.failures).toEqual([{ status: 'failed', code: 'E_TIMEOUT', message: 'too slow', count: 6 }]);
  });

  it('pairs each repeat with the repeat of the baseline and counts samples', async () => {
    const again = { repeat: 1, time: () => 200 };
    const report = await build([...baseline, ...play('baseline', again), ...play('p'), ...play('p', again)]);
    const comparison = cellOf(report, 'p')?.vs_baseline.generation_time;
    expect(comparison?.n).toBe(24);
    expect(comparison?.ratio.mean).toBeCloseTo(1, 2);
    expect(cellOf(report, 'p')?.trials).toBe(48);
    // The second answer of the baseline is another one; so is that of the policy.
    const other = (name: string) =>
      play(name, again).map((trial) => ({ ...trial, turns: trial.turns.map((turn) => ({ ...turn, ids: [3, 4] })) }));
    const answers = await build([...baseline, ...other('baseline'), ...play('p'), ...other('p')]);
    expect(cellOf(answers, 'p')?.metrics.agreement?.mean).toBe(1);
  });

  it('asks the counters whether a policy acted; all of them in a composition', async () => {
    const trials = [...baseline, ...play('idle', { sums: { drafted: 0 } }), ...play('a+b', { sums: { x: 2, y: 0 } })];
    const report = await build(trials, { acts: { idle: 'drafted', 'a+b': ['x', 'y'] } });
    expect(report.cells.map(({ acted }) => acted)).toEqual([null, false, false]);
    const other = await build(trials, { acts: { 'a+b': ['x'] } });
    expect(other.cells.map(({ acted }) => acted)).toEqual([null, null, true]);
    expect(report.cells.map(kindOf)).toEqual(['lossy', 'lossy, did not act', 'lossy, did not act']);
    expect(other.cells.map(kindOf)).toEqual(['lossy', 'lossy, no counter', 'lossy']);
  });

  it('has every metric of the registry, or says why not', async () => {
    const dead = play('dead', { status: 'failed' });
    const { cells } = await build([...baseline, ...play('p'), ...dead]);
    for (const cell of cells) {
      const said = [...Object.keys(cell.metrics), ...Object.keys(cell.missing)];
      for (const { name, missing } of metrics) {
        expect(
          said.filter((one) => one === name),
          `${cell.policy_name}: ${name}`,
        ).toHaveLength(1);
        expect(missing, name).toMatch(/\w/);
      }
    }
    expect(cells[1]?.missing).toMatchObject({ queue_time: expect.stringMatching(/neither a server nor a batch/) });
    expect(cells[2]?.missing).toMatchObject({ generation_time: 'no trial ended well' });
  });

  it('waives nothing for a promise of exactness that is not kept', async () => {
    const promised = (text: string) => play('p', { fidelity: 'exact', text }).map((trial, i) => other(trial, text, i));
    const other = (trial: Trial, text: string, i: number): Trial =>
      text === 'yes' ? trial : { ...trial, turns: trial.turns.map((turn) => ({ ...turn, ids: [1, i] })) };
    const kept = await build([...baseline, ...promised('yes')]);
    expect([verdictOf(kept, 'p', 'exact_match'), kindOf(kept.cells[1]!)]).toEqual(['equivalent', 'exact, no counter']);
    const broken = await build([...baseline, ...promised('no')]);
    expect([verdictOf(broken, 'p', 'exact_match'), kindOf(broken.cells[1]!)]).toEqual([
      'too few',
      'not exact, no counter',
    ]);
  });

  it('says of how many samples times are, where some failed', async () => {
    const failing = play('p').map((trial, i) => (i < 3 ? { ...trial, status: 'failed' as const } : trial));
    expect(renderMarkdown(await build([...baseline, ...failing]))).toContain(
      'p: times are compared over 21 of 24 samples',
    );
  });

  it('takes margins by name before those by group', async () => {
    const trials = [...baseline, ...play('p', { time: () => 108 })];
    const verdict = async (margin: Record<string, number>) =>
      verdictOf(await build(trials, { margin }), 'p', 'generation_time');
    expect(await verdict({})).toBe('worse');
    expect(await verdict({ latency: 0.1 })).toBe('equivalent');
    expect(await verdict({ latency: 0.1, generation_time: 0.01 })).toBe('worse');
  });

  it('says `too few` of a score in which a lossy policy has not differed yet, `equivalent` of an exact one', async () => {
    const report = await build([...baseline, ...play('lossy'), ...play('exact', { fidelity: 'exact' })]);
    expect(verdictOf(report, 'lossy', 'exact_match')).toBe('too few');
    expect(verdictOf(report, 'exact', 'exact_match')).toBe('equivalent');
  });

  it('compares metrics of the user and scores that only the benchmark knows', async () => {
    const odd = play('p', { text: 'yes, of course' }).map((trial, i) => ({ ...trial, scores: { own: i % 2 } }));
    const first = baseline.map((trial) => ({ ...trial, scores: { own: 0 } }));
    const extra = [userMetric('brevity', (prediction, reference) => reference.length / prediction.length)];
    extra.push(userMetric('letters', (prediction) => prediction.length, { unit: 'count', better: 'less' }));
    const report = await build([...first, ...odd], { extra, headlines: { b: 'own' } });
    expect(verdictOf(report, 'p', 'brevity')).toBe('worse');
    expect(verdictOf(report, 'p', 'letters')).toBe('worse');
    expect(verdictOf(report, 'p', 'own')).toBe('better');
    expect(cellOf(report, 'p')?.metrics.reward?.mean).toBe(0.5);
    const elsewhere = await build([...first, ...odd], { extra, headlines: { b: 'exact_match' } });
    expect(verdictOf(elsewhere, 'p', 'own')).toBe('different');
  });

  it('survives what a broken run may hold', async () => {
    expect((await build([])).cells).toEqual([]);
    expect((await build(play('alone'))).cells[0]?.vs_baseline).toEqual({});
    const dead = await build([...play('baseline', { status: 'failed' }), ...play('p')]);
    expect(cellOf(dead, 'p')?.vs_baseline.generation_time).toBeUndefined();
    expect(verdictOf(dead, 'p', 'reward')).toBe('better');
    const allDead = await build([...play('baseline', { status: 'failed' }), ...play('p', { status: 'failed' })]);
    expect(cellOf(allDead, 'p')?.vs_baseline).toEqual({});
    expect(cellOf(allDead, 'p') && kindOf(cellOf(allDead, 'p') as ReportCell)).toBe('lossy');
    const strangers = await build([...baseline, ...play('p')], { samples: new Map() });
    expect(verdictOf(strangers, 'p', 'generation_time')).toBe('equivalent');
    for (const report of [dead, strangers]) expect(JSON.stringify(report)).not.toMatch(/NaN|Infinity/);
  });

  it('is the same whatever the order in which trials finished', async () => {
    const trials = [...baseline, ...play('p', { time: (i) => 90 + i })];
    const turned = await build([...trials].reverse());
    expect(cellOf(turned, 'p')).toEqual(cellOf(await build(trials), 'p'));
  });
});

describe('below the table', () => {
  it('stands how far a policy got: exits beside break-even, drafts, rows kept', async () => {
    const sums = { exits: 3, exit_checks: 5, check_weights: 30, exit_weights: 40 };
    const drafts = { drafted: 8, accepted: 6, verify_passes: 2 };
    const report = renderMarkdown(
      await build([
        ...play('baseline'),
        ...play('exit', { sums }),
        ...play('drafts', { sums: drafts }),
        ...play('cut', { sums: { kept_rows: 4, offered_rows: 5 } }),
      ]),
    );
    expect(report).toContain(
      'exit: 60 % of its checks ended in an exit; counted in weights read, exits pay for their checks above 75 %.',
    );
    expect(report).toContain('drafts: 75 % of its drafts were right, 4 drafts and 4 tokens per verified pass.');
    expect(report).toContain('cut: kept 80 % of the rows or slots on offer.');
    expect(report).not.toContain('baseline: kept');
  });
});

describe('warnings', () => {
  const baseline = play('baseline');
  it('name every cell that is labelled exact and is not', async () => {
    const differs = play('p', { fidelity: 'exact' }).map((trial, i) =>
      i < 2 ? { ...trial, turns: trial.turns.map((turn) => ({ ...turn, ids: [1, 9] })) } : trial,
    );
    const { warnings } = await build([...baseline, ...differs]);
    expect(warnings).toEqual([expect.stringMatching(/^p on b is labelled exact, but 2 of 24 trials differ/)]);
    const lossy = differs.map((trial) => ({ ...trial, cell: { ...trial.cell, fidelity: 'lossy' as const } }));
    expect((await build([...baseline, ...lossy, ...play('q', { fidelity: 'exact' })])).warnings).toEqual([]);
  });

  it('count replays, of which no times are taken', async () => {
    const replayed = play('p').map((trial, i) => (i < 3 ? { ...trial, replays: 1 } : trial));
    const report = await build([...baseline, ...replayed]);
    expect(cellOf(report, 'p')).toMatchObject({ replayed: 3, metrics: { exact_match: { n: 24 } } });
    for (const name of ['generation_time', 'first_token_latency', 'throughput'])
      expect(cellOf(report, 'p')?.metrics[name]?.n, name).toBe(21);
    expect(report.warnings).toEqual([expect.stringMatching(/^p on b: 3 trials were played again/)]);
  });
});

describe('renderMarkdown', () => {
  const markdown = async (trials: Trial[], rest: Partial<TrialsAtHand> = {}) =>
    renderMarkdown(await build(trials, rest));

  it('says that quality means nothing where the baseline does not beat a constant answer', async () => {
    const floors = (constant: number) => ({ floors: { b: { constant } } });
    const trials = play('baseline', { score: (i) => i % 2 });
    expect(await markdown(trials, floors(0.5))).toContain(
      '**floor: the baseline does not beat it, so differences in quality mean nothing here**',
    );
    expect(await markdown(trials, floors(0.4))).not.toContain('floor: the baseline');
  });
  it('warns where the baseline differs from itself, and says where it was played once', async () => {
    for (const time of [80, 120]) {
      const drifting = [...play('baseline'), ...play(noiseName, { time: () => time })];
      expect(await markdown(drifting)).toContain('The baseline differs from itself');
    }
    expect(await markdown([...play('baseline'), ...play(noiseName)])).not.toContain('differs from itself');
    expect(await markdown(play('baseline'))).toContain('Noise floor: not known');
  });
  it('keeps a message with a bar and a line break in its cell', async () => {
    const [first, ...rest] = play('p', { status: 'failed' }) as [Trial, ...Trial[]];
    const odd = { ...first, error: { code: 'E_BACKEND' as const, message: 'a | b\nc' } };
    expect(await markdown([...play('baseline'), odd, ...rest])).toContain('a \\| b c');
  });
});
