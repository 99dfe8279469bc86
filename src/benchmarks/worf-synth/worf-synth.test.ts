import { describe, expect, it } from 'vitest';
import { validate } from '../../core/index.ts';
import { type GoldPlan, lexicalSimilarity, parsePlan, readGoldPlan, scorePlan } from '../../scorers/index.ts';
import { createDraw } from '../crm-synth/draw.ts';
import { samplesOf } from '../samples-of.ts';
import type { WorfSample } from '../worfbench/worfbench.ts';
import { domains } from './domains.ts';
import { drawPlan, planText, shapeNames } from './draw-plan.ts';
import { worfSynth } from './worf-synth.ts';

const samplesAt = async (options: Record<string, unknown>): Promise<WorfSample[]> => {
  await using open = await worfSynth.open(validate(worfSynth.options, options, 'worf-synth'));
  return samplesOf(open);
};
const scoresOf = (gold: GoldPlan, text: string) => {
  const plan = parsePlan(text);
  return scorePlan(gold, plan, lexicalSimilarity(plan?.nodes ?? [], gold.nodes));
};
const stepsIn = (text: string) => text.split('\n').filter((line) => /^\d/.test(line));

describe.each([1, 2, 3, 4])('level %d', (level) => {
  it('has seven domains in turn, plans of their own, and a ceiling of 1', async () => {
    const samples = await samplesAt({ level, tasks: 30 });
    expect(samples).toHaveLength(210);
    expect(new Set(samples.slice(0, 7).map(({ family }) => family)).size).toBe(7);
    expect(new Set(samples.map(({ reference }) => reference)).size).toBe(210);
    for (const { gold, reference } of samples)
      expect(scoresOf(gold, reference)).toMatchObject({ chain: { f1: 1 }, graph: { f1: 1 }, graphMapped: { f1: 1 } });
  });

  it('is the same for the same seed only', async () => {
    const first = await samplesAt({ level, tasks: 3 });
    expect(await samplesAt({ level, tasks: 3 })).toEqual(first);
    expect(await samplesAt({ level, tasks: 3, seed: 1 })).not.toEqual(first);
  });
});

it('shows what each level is said to show', async () => {
  for (const level of [1, 2, 3, 4])
    for (const { prompt, reference } of await samplesAt({ level, tasks: 5 })) {
      const steps = stepsIn(reference).map((line) => line.slice(3));
      const [task = ''] = /Task: .*/.exec(prompt) ?? [];
      const listed =
        level === 2 ? prompt.split('\n- ').length - 1 : (prompt.split('take: ')[1]?.split('; ').length ?? 0);
      expect(steps.every((step) => task.toLowerCase().includes(step.toLowerCase()))).toBe(level < 4);
      expect(listed).toBe(level === 1 ? 0 : steps.length + Math.max(0, level - 2));
    }
});

describe('metamorphic: a plan', () => {
  const plans = domains.flatMap((domain) =>
    shapeNames.map((shape) => drawPlan(createDraw('test', domain.name, shape), domain, shape)),
  );

  it('has no step that another one could be taken for', () => {
    for (const { name, first, next, join } of domains) {
      const steps = [...first, ...next, ...join].map(([step]) => step);
      const alike = lexicalSimilarity(steps, steps);
      for (const [i, row] of alike.entries())
        for (const [j, similarity] of row.entries())
          if (i !== j) expect(similarity, `${name}: ${steps[i]} / ${steps[j]}`).toBeLessThan(0.6);
    }
  });

  it('loses recall where a step is left out', () => {
    for (const plan of plans) {
      const text = planText(plan);
      const without = text.replace(/\n\d+: [^\n]+\nEdge/, '\nEdge');
      const { chain } = scoresOf(readGoldPlan(text), without);
      expect(chain.recall, text).toBeLessThan(1);
    }
  });

  it('keeps f1_chain and the mapped graph where steps in any order change places', () => {
    for (const plan of plans.filter(({ layers }) => layers.some(({ length }) => length > 1))) {
      const swapped = planText({ layers: plan.layers.map((layer) => layer.toReversed()) });
      const { chain, graphMapped } = scoresOf(readGoldPlan(planText(plan)), swapped);
      expect([chain.f1, graphMapped.f1], swapped).toEqual([1, 1]);
    }
  });

  it('of another domain gets little: on the mean under 0.4', () => {
    const scores = plans.map((plan, i) =>
      scoresOf(readGoldPlan(planText(plan)), planText(plans[(i + shapeNames.length) % plans.length] as typeof plan)),
    );
    const mean = (of: (score: (typeof scores)[number]) => number) =>
      scores.reduce((sum, score) => sum + of(score), 0) / scores.length;
    expect(mean(({ chain }) => chain.f1)).toBeLessThan(0.4);
    expect(mean(({ graphMapped }) => graphMapped.f1)).toBeLessThan(0.4);
  });
});

it('refuses a domain that it has not', () => {
  const options = validate(worfSynth.options, { families: ['cooking'] }, 'worf-synth');
  expect(() => worfSynth.open(options)).toThrow(/no domain "cooking"/);
});
