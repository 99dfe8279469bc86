/**
 * What answers without understanding get in crm-synth, family by family: the best constant answer, and what is right for
 * other records. The table of docs/crm-synth.md is this; TTCBENCH_RECORD=docs writes it anew.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { crmSamples, tasksFor } from '../src/benchmarks/crm-synth/crm-samples.ts';
import type { CrmTask } from '../src/benchmarks/crm-synth/families/draw-tasks.ts';
import { families } from '../src/benchmarks/crm-synth/families/index.ts';
import { buildOrg } from '../src/benchmarks/crm-synth/org/build-org.ts';
import type { CrmSample } from '../src/benchmarks/crm-synth/sample.ts';
import { scoreAnswer } from '../src/benchmarks/crm-synth/score-answer.ts';
import { textFamilies } from '../src/benchmarks/crm-synth/text/index.ts';
import { textSample } from '../src/benchmarks/crm-synth/text/text-samples.ts';

const TASKS = 60;
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const score = (sample: CrmSample, text: string) => scoreAnswer(sample, { text }).reward as number;
const take = <T>(source: Generator<T>): T[] => Array.from({ length: TASKS }, () => source.next().value as T);

interface Baselines {
  family: string;
  oracle: number;
  constant: number;
  shuffled: number;
}

/** Any reference as the answer to everything, or None, or a refusal. */
function constantOf(samples: readonly CrmSample[]): number {
  const tried = new Set([...samples.map(({ reference }) => reference), 'None']);
  return Math.max(...[...tried].map((text) => mean(samples.map((sample) => score(sample, text)))));
}

const org = buildOrg('S', 0);
const otherOrg = buildOrg('S', 1);
function baselinesOf(level: 3 | 4, mode: 'context' | 'agent'): Baselines[] {
  const setting = { level, mode, turns: 'single', seed: 0, budget: 2048 } as const;
  return families.map((family) => {
    const samples = take(crmSamples(family, org, setting));
    const tasks = take(tasksFor(family, org, setting));
    const elsewhere = take(tasksFor(family, otherOrg, { ...setting, seed: 1 }));
    const read = (task: CrmTask, i: number) => {
      // The question of one task and the records of another company. An agent always sees all records, and some answers
      // stand in a text of the record in question: there it is the answer to the next question.
      if (mode === 'context' && computesFromRows(family.name)) return goldIn(task, elsewhere[i] as CrmTask).join(', ');
      return (tasks[(i + 1) % TASKS] as CrmTask).gold.answers.join(', ');
    };
    return {
      family: family.name,
      oracle: mean(samples.map((sample) => score(sample, sample.reference))),
      constant: constantOf(samples),
      shuffled: mean(tasks.map((task, i) => score(samples[i] as CrmSample, read(task, i)))),
    };
  });
}

/** Families whose reference program computes from the records, and not from what a text of them says. */
const computesFromRows = (name: string) =>
  !/policy_violation|lead_qualification|knowledge|insight|private|internal|confidential|quote_approval|invalid_config|wrong_stage|activity/.test(
    name,
  );

function goldIn(task: CrmTask, other: CrmTask): readonly string[] {
  try {
    return task.family.gold(other.tables, task.params).answers;
  } catch {
    // The record in question is not among them.
    return ['None'];
  }
}

function textBaselines(): Baselines[] {
  return textFamilies.map((family) => {
    const samples = Array.from({ length: TASKS }, (_, i) => textSample(family, 1, 0, i));
    const other = (i: number) => (samples[(i + 1) % TASKS] as CrmSample).reference;
    return {
      family: family.name,
      oracle: mean(samples.map((sample) => score(sample, sample.reference))),
      constant: constantOf(samples),
      shuffled: mean(samples.map((sample, i) => score(sample, other(i)))),
    };
  });
}

const all = {
  one: textBaselines(),
  three: baselinesOf(3, 'context'),
  four: baselinesOf(4, 'context'),
  agent: baselinesOf(4, 'agent'),
};
/** Two kinds of question, of which one is right with one sentence: a constant answer gets half. */
const isHalf = ({ family }: Baselines) => /^(privacy|private_|internal_|confidential_)/.test(family);

describe.each(Object.entries(all))('level %s', (name, rows) => {
  it('gives the oracle everything', () => {
    for (const { family, oracle } of rows) expect(oracle, family).toBeCloseTo(1, 6);
  });

  it('gives a constant answer and a shuffled one little: a quarter at most, half where one of two is to be refused', () => {
    if (name === 'one') return;
    for (const row of rows) {
      expect(row.constant, row.family).toBeLessThanOrEqual(isHalf(row) ? 0.5 : 0.25);
      expect(row.shuffled, row.family).toBeLessThanOrEqual(0.25);
    }
  });
});

const two = (value: number) => value.toFixed(2).replace(/^0/, '');
const pair = (row: Baselines | undefined) => `${two(row!.constant)} / ${two(row!.shuffled)}`;
const upper = ['| family | level 1 |', '|---|---|', ...all.one.map((row) => `| \`${row.family}\` | ${pair(row)} |`)];
const lower = [
  '| family | level 3 | level 4 | agent |',
  '|---|---|---|---|',
  ...all.three.map((row, i) => `| \`${row.family}\` | ${pair(row)} | ${pair(all.four[i])} | ${pair(all.agent[i])} |`),
];
const table = [...upper, '', ...lower].join('\n');

it('stands in docs/crm-synth.md', () => {
  const page = join(import.meta.dirname, '..', 'docs', 'crm-synth.md');
  const marks = /(<!-- baselines -->\n)[\s\S]*?(\n<!-- end -->)/;
  const text = readFileSync(page, 'utf8');
  if (process.env.TTCBENCH_RECORD === 'docs') writeFileSync(page, text.replace(marks, `$1${table}$2`));
  expect(readFileSync(page, 'utf8')).toContain(table);
});
