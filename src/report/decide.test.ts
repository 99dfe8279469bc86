import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { build, cellOf, play } from '../../test/support/made-up-trials.ts';
import { noiseName } from '../rows/index.ts';
import { type Interval, verdictOf } from '../stats/index.ts';
import { decide, notesBeside } from './decide.ts';
import { plainReport } from './plain-report.ts';
import type { Decision, ReportCell, ReportGroup, VsBaseline } from './report-types.ts';

const group: ReportGroup = {
  ...{ benchmark: 'b', backend: 'ggml', model: 'm', samples: 24, headline: 'point_accuracy' },
  ...{ constant: null, shuffled: null, oracle: null, own: [], floor: false },
};

const cell = (policy_name: string, more: Partial<ReportCell> = {}): ReportCell => ({
  ...{ policy_name, benchmark: 'b', backend: 'ggml', model: 'm', realisation: 'engine', fidelity: 'lossy' },
  ...{ trials: 24, failed: 0, unsupported: 0, replayed: 0, blocks: null, goodput: null, acted: true },
  ...{ metrics: {}, missing: {}, vs_baseline: {}, per_correct: {}, families: [], failures: [] },
  ...more,
});

/** A comparison whose verdict follows from its interval by the rules of the report. */
function comparison(at: number, width: number, isScore: boolean, p = 0.001, n = 24): VsBaseline {
  const difference: Interval = { mean: at, low: at - width, high: at + width };
  const ratio: Interval = { mean: Math.exp(at), low: Math.exp(at - width), high: Math.exp(at + width) };
  const rules = isScore
    ? ({ better: 'more', margin: 0.02, scale: 'difference' } as const)
    : ({ better: 'less', margin: 0.05, scale: 'ratio' } as const);
  const verdict = verdictOf({ n, differing: n, difference, ratio, p }, rules);
  return {
    ...{ difference, ratio, p, p_holm: p, p_table: p, exploratory: false, n, differing: n, verdict },
    ...{ samples_to_show: 30, deviation: 0.2 },
  };
}

const decisionsOf = (cells: ReportCell[], about: Partial<ReportGroup> = {}, notes: string[] = []): Decision[] =>
  decide({ groups: [{ ...group, ...about }], cells: [cell('baseline'), ...cells], run: { id: 'r', notes } });
const only = (cells: ReportCell[], kind: Decision['kind']) => decisionsOf(cells).filter((one) => one.kind === kind);

const saves = comparison(Math.log(0.79), 0.06, false);
const same = comparison(0, 0.01, true);
const loses = comparison(-0.46, 0.16, true);

describe('decisions', () => {
  it('say what pays, by how much, and what becomes of the answers', () => {
    const exact = cell('spec', {
      ...{ fidelity: 'exact', vs_baseline: { generation_time: saves, reward: same } },
      metrics: { agreement: { mean: 1 } as never },
    });
    expect(only([exact], 'use').map(({ text }) => text)).toEqual([
      'Use spec here: it takes 21 % less time [16, 26] and gives the same answers.',
    ]);
    const [first] = only([exact], 'use');
    expect(first?.figures[0]).toMatchObject({ policy_name: 'spec', name: 'generation_time', unit: '%' });
    expect(first?.figures[0]?.value).toBeCloseTo(-21, 6);
    const lossy = cell('p', { vs_baseline: { generation_time: saves, reward: same } });
    expect(only([lossy], 'use')[0]?.text).toMatch(/keeps point_accuracy within its margin \[−1, \+1 points\]\.$/);
  });

  it('say what is lost, and whether it is worth it where that is shown', () => {
    const ratio = { mean: 1.6, low: 1.2, high: 2.1 };
    const dear = { seconds_per_correct: { mean: 2, low: 1, high: 3, correct: 9, n: 24, left_out: 0, ratio } };
    const hasty = cell('hasty', { vs_baseline: { generation_time: saves, reward: loses } });
    expect(only([hasty], 'trade')[0]?.text).toBe(
      'hasty takes 21 % less time [16, 26] and loses 46 points of point_accuracy [30, 62].',
    );
    expect(only([{ ...hasty, per_correct: dear }], 'avoid').at(-1)?.text).toMatch(
      /: a correct answer takes 1.6 times as long \[1.2, 2.1\], so it is not worth it\.$/,
    );
  });

  it('name the counter that explains why a policy does not pay', () => {
    const metrics = {
      ...{ draft_acceptance_rate: { mean: 0.2 }, mean_acceptance_length: { mean: 1.8 }, drafts_per_pass: { mean: 4 } },
    } as never;
    const slow = cell('spec', { metrics, vs_baseline: { generation_time: comparison(0.3, 0.05, false) } });
    const [, said] = decide({
      ...{ groups: [group], cells: [cell('baseline'), slow] },
      run: { id: 'r', pass_ms: { 1: 10, 4: 34, 5: 42 } },
    });
    expect(said?.text).toBe(
      'spec is slower and gains nothing that is shown: 35 % more [28, 42] (20 % of its drafts were right, 4 drafts and 1.8 tokens per verified pass; a pass of 5 rows took 4.2 times as long as one of one row, so verifying alone pays above about 80 %).',
    );
  });

  it('say who never acted, who did not run, and that nothing pays only where that is shown of all', () => {
    const idle = cell('idle', { acted: false, idle: ['exits'], vs_baseline: { generation_time: saves } });
    const message = 'openai lacks prefill, which it needs.';
    const refusal = { status: 'unsupported' as const, code: 'E_CAPABILITY', message, count: 24 };
    const refused = cell('refused', { unsupported: 24, failures: [refusal] });
    const slow = cell('slow', { vs_baseline: { generation_time: comparison(0.3, 0.05, false) } });
    const shaky = cell('shaky', { vs_baseline: { generation_time: comparison(-0.1, 0.2, false) } });
    expect(decisionsOf([slow, idle, refused]).map(({ text }) => text)).toEqual([
      'No policy pays here.',
      'slow is slower and gains nothing that is shown: 35 % more [28, 42].',
      'idle never acted (exits stayed at 0); that it takes 21 % less time [16, 26] is none of its doing.',
      'refused does not run here: E_CAPABILITY, openai lacks prefill, which it needs.',
      expect.stringMatching(/^With 24 samples a difference in time has to be 13 %, by policy/),
    ]);
    const open = decisionsOf([slow, shaky]).map(({ text }) => text);
    expect(open[0]).toBe('No policy is shown to pay here.');
    expect(open).toContain('shaky is not shown to differ in time: [−26, +11 %].');
    const alone = cell('alone', {
      vs_baseline: { generation_time: { ...comparison(0.3, 0.05, false), verdict: 'not shown' } },
    });
    expect(decisionsOf([alone]).map(({ text }) => text)).toContain(
      'alone is not shown to differ in time: [+28, +42 %] (shown by itself, but not with all decisions of the table counted).',
    );
    expect(open.at(-1)).toMatch(/To show 5 % would take \d+ samples for shaky\.$/);
  });

  it('say what a policy costs that never acted, and that its times are the same only where that is shown', () => {
    const agreement = { agreement: { mean: 1 } as never };
    const idle = (generation_time: VsBaseline, more: Partial<ReportCell> = {}) =>
      only([cell('idle', { acted: false, metrics: agreement, vs_baseline: { generation_time }, ...more })], 'idle')[0];
    expect(idle(comparison(Math.log(1.42), 0.1, false))?.text).toBe(
      "idle never acted and gives the baseline's answers; yet it takes 42 % more time [28, 57].",
    );
    expect(idle(comparison(0, 0.01, false))?.text).toMatch(
      /its time is the baseline's within the margin \[−1, \+1 %\]\.$/,
    );
    expect(idle(comparison(0.05, 0.2, false))?.text).toMatch(/whether looking for a chance costs time is not shown \[/);
    expect(idle(comparison(0, 0.01, false), { metrics: { agreement: { mean: 0.9 } as never } })?.text).toMatch(
      /yet some of its answers differ from the baseline's;/,
    );
  });

  it('say so where what a policy bet on came true and it does not pay all the same', () => {
    const drafts = { draft_acceptance_rate: { mean: 0.967 }, mean_acceptance_length: { mean: 4.8 } };
    const metrics = { ...drafts, drafts_per_pass: { mean: 4 } } as never;
    const passes_per_token = comparison(Math.log(2.1), 0.1, false);
    const textOf = (at: number, right: number) => {
      const own = cell('spec', {
        metrics: { ...(metrics as object), draft_acceptance_rate: { mean: right } } as never,
        vs_baseline: { generation_time: comparison(at, 0.02, false), passes_per_token, reward: same },
      });
      const prices = { 1: 10, 5: 28.2 };
      return decide({ groups: [group], cells: [cell('baseline'), own], run: { id: 'r', pass_ms: prices } })
        .map(({ text }) => text)
        .join(' ');
    };
    expect(textOf(0.17, 0.967)).toMatch(
      /verifying alone pays above about 45 %; yet it does not pay here: its drafts counted in, it took 2\.10 times the passes per token\)/,
    );
    expect(textOf(-0.17, 0.2)).toMatch(/above about 45 %; yet it pays here\)/);
    expect(textOf(0.17, 0.2)).not.toMatch(/yet/);
    expect(textOf(-0.17, 0.967)).not.toMatch(/yet/);
  });

  it('have a sentence a policy, none of them cut', () => {
    const slow = ['one', 'two', 'three'].map((name) =>
      cell(name, { vs_baseline: { generation_time: comparison(0.3, 0.05, false) } }),
    );
    expect(only(slow, 'avoid').map(({ policies }) => policies)).toEqual([[], ['one'], ['two'], ['three']]);
    const long = 'x'.repeat(1500);
    const report = { run: { id: 'r' }, groups: [], cells: [], warnings: [long] };
    const plain = plainReport({ ...report, decisions: [{ ...only(slow, 'avoid')[1]!, text: long }] });
    expect(plain.decisions[0]?.text).toBe(long);
    expect(plain.warnings[0]).toHaveLength(1001);
  });

  it('claim no difference that the machine makes by itself', () => {
    const drifted = cell(noiseName, { vs_baseline: { generation_time: comparison(Math.log(0.8), 0.06, false) } });
    const fast = cell('fast', { vs_baseline: { generation_time: saves, reward: same } });
    const said = decisionsOf([fast, drifted]);
    expect(said[0]).toMatchObject({ kind: 'caution', text: expect.stringMatching(/played again took 20 % less time/) });
    expect(said.filter(({ kind }) => kind === 'use')).toEqual([]);
    const faster = cell('fast', { vs_baseline: { generation_time: comparison(-0.7, 0.05, false), reward: same } });
    expect(only([faster, drifted], 'use')).toHaveLength(1);
  });

  it('go by CPU time where times are in doubt, and say nothing of scores below the floor', () => {
    const cpu_seconds = comparison(0.2, 0.05, false);
    const held = cell('p', { vs_baseline: { generation_time: saves, cpu_seconds, reward: same } });
    const baseline = { cpu_seconds: { mean: 1 } } as never;
    const said = decide({
      ...{ groups: [group], cells: [cell('baseline', { metrics: baseline }), held] },
      run: { id: 'r', notes: ['times of this run are in doubt: it was held up'] },
    });
    expect(said[0]?.text).toBe('Times of this run are in doubt: it was held up. So what follows goes by CPU time.');
    expect(said.map(({ text }) => text).join()).not.toMatch(/less time/);
    const notes = ['times of this run are in doubt: it was held up', 'another note'];
    expect(notesBeside({ run: { id: 'r', notes }, decisions: said })).toEqual(['another note']);
    expect(notesBeside({ run: { id: 'r', notes }, decisions: [] })).toEqual(notes);
    const low = decisionsOf([cell('p', { vs_baseline: { generation_time: saves, reward: loses } })], { floor: true });
    expect(low.map(({ text }) => text).join()).not.toMatch(/points/);
  });

  it('never claim what an interval does not show', () => {
    const milli = (min: number, max: number) => fc.integer({ min, max }).map((value) => value / 1000);
    const one = fc.record({
      time: milli(-1000, 1000),
      score: milli(-600, 600),
      cpu: milli(-1000, 1000),
      width: milli(1, 300),
      p: fc.constantFrom(0.0001, 0.04, 0.06, 0.9),
      n: fc.constantFrom(5, 24, 200),
      exact: fc.boolean(),
      acted: fc.constantFrom(true, false, null),
    });
    let claims = 0;
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 6 }), fc.boolean(), (made, floor) => {
        const cells = made.map(({ time, score, cpu, width, p, n, exact, acted }, i) =>
          cell(`p${i}`, {
            ...{
              acted,
              fidelity: exact ? 'exact' : 'lossy',
              metrics: { agreement: { mean: exact ? 1 : 0.5 } as never },
            },
            vs_baseline: {
              generation_time: comparison(time, width, false, p, n),
              cpu_seconds: comparison(cpu, width, false, p, n),
              reward: comparison(exact ? 0 : score, exact ? 0 : width, true, exact ? 1 : p, n),
            },
          }),
        );
        const ends: Record<string, (one: ReportCell) => Interval | undefined> = {
          generation_time: ({ vs_baseline }) => vs_baseline.generation_time?.ratio,
          cpu_seconds: ({ vs_baseline }) => vs_baseline.cpu_seconds?.ratio,
          point_accuracy: ({ vs_baseline }) => vs_baseline.reward?.difference,
        };
        for (const { kind, text, policies, figures } of decisionsOf(cells, { floor })) {
          // Whatever stands as a size with its direction has both ends on the side of that direction.
          for (const [claim, low, high] of text.matchAll(/(?:less|more|points of)[^[(]*\[(−?[\d.]+), (−?[\d.]+)\]/g)) {
            claims++;
            expect(Number(low), claim).toBeGreaterThan(0);
            expect(Number(high), claim).toBeGreaterThanOrEqual(Number(low));
          }
          for (const { policy_name, name, low = 0, high = 0, unit } of figures) {
            const source = ends[name]?.(cells.find((cell) => cell.policy_name === policy_name) ?? cells[0]!);
            if (policy_name === undefined || !source) continue;
            const of = (value: number) => (unit === '%' ? 100 * (value - 1) : 100 * value);
            expect([low, high]).toEqual([of(source.low as number), of(source.high as number)]);
          }
          for (const name of policies) {
            const { vs_baseline, acted, fidelity } = cells.find((cell) => cell.policy_name === name)!;
            const [time, cpu] = [vs_baseline.generation_time!, vs_baseline.cpu_seconds!];
            const score = vs_baseline.reward!.difference;
            if (kind === 'use') {
              const gains = !floor && (score.low as number) > 0;
              expect((time.ratio.high as number) < 1 || (cpu.ratio.high as number) < 1 || gains).toBe(true);
              expect(fidelity === 'exact' || (score.low as number) >= -0.02).toBe(true);
              // Within the margin of 5 % it may take longer.
              expect((time.ratio.low as number) > 1.05 && time.p! <= 0.05).toBe(false);
              expect(time.n).toBeGreaterThanOrEqual(20);
            }
            if (kind === 'idle') expect(acted).toBe(false);
            if (kind !== 'idle' && kind !== 'power') expect(acted).not.toBe(false);
          }
        }
      }),
      { numRuns: 300 },
    );
    expect(claims).toBeGreaterThan(200);
  });

  it('stand in the report, with its own numbers', async () => {
    const report = await build([
      ...play('baseline'),
      ...play('fast', { time: () => 80, fidelity: 'exact' }),
      ...play('hasty', { time: () => 80, score: (i) => (i % 3 === 0 ? 1 : 0), text: 'no' }),
    ]);
    const ratio = cellOf(report, 'fast')?.vs_baseline.generation_time?.ratio;
    const figure = report.decisions.flatMap(({ figures }) => figures).find(({ policy_name }) => policy_name === 'fast');
    expect(figure?.value).toBeCloseTo(100 * ((ratio?.mean as number) - 1), 9);
    expect(report.decisions.some(({ kind, policies }) => kind === 'avoid' && policies.includes('hasty'))).toBe(true);
  });
});
