/** Golds of crm-synth, computed a second time by SQL and patterns that were written from the rules alone. */
import { describe, expect, it } from 'vitest';
import { tasksFor } from '../src/benchmarks/crm-synth/crm-samples.ts';
import type { CrmTask } from '../src/benchmarks/crm-synth/families/draw-tasks.ts';
import { families } from '../src/benchmarks/crm-synth/families/index.ts';
import { buildOrg } from '../src/benchmarks/crm-synth/org/build-org.ts';
import { goldOf, loadRecords, recompute } from './support/crm-answers/recompute.ts';

const perFamily = Number(process.env.TTCBENCH_CRM_TASKS ?? 6);
const settings = {
  'level 3, records': { level: 3, mode: 'context', seed: 11 },
  'level 4, records': { level: 4, mode: 'context', seed: 12 },
  agents: { level: 4, mode: 'agent', seed: 13 },
} as const;

function first(tasks: Generator<CrmTask>): CrmTask[] {
  const taken: CrmTask[] = [];
  for (const task of tasks) if (taken.push(task) === perFamily) break;
  return taken;
}

const drawn = Object.entries(settings).map(([name, setting]) => {
  const org = buildOrg('S', setting.seed);
  const tasks = families.flatMap((family) =>
    first(tasksFor(family, org, { turns: 'single', budget: 2048, ...setting })),
  );
  return { name, org, tasks, isShown: setting.mode === 'context' };
});

/** Ids of tasks whose gold is not what comes out the second time. */
function disagreements({ org, tasks, isShown }: Pick<(typeof drawn)[number], 'org' | 'tasks' | 'isShown'>): string[] {
  using whole = loadRecords(org.tables);
  return tasks.flatMap((task) => {
    // Only the columns that the prompt shows: they have to be enough.
    using shown = isShown ? loadRecords(task.tables, task.family.columns) : undefined;
    const again = recompute(task, (shown ?? whole).run);
    const gold = goldOf(task);
    return again.join() === gold.join() ? [] : [`${task.family.name}-${task.index + 1}: ${gold} / ${again}`];
  });
}

describe.each(drawn)('$name', (drawing) => {
  it(`has ${perFamily} tasks of each of 22 families`, () => {
    expect(families).toHaveLength(22);
    expect(drawing.tasks).toHaveLength(22 * perFamily);
  });

  it('has the same golds a second time', () => {
    expect(disagreements(drawing)).toEqual([]);
  });

  it('would be caught with three wrong golds among them', () => {
    const wrong = [3, 40, 80].map((at) => at % drawing.tasks.length);
    const tasks = drawing.tasks.map((task, at) =>
      wrong.includes(at)
        ? {
            ...task,
            params: { ...(task.params as object), answer: 'x' },
            gold: { answers: ['00Q000000000000AAA'], isClear: true },
          }
        : task,
    );
    const named = (line: string) => line.split(':')[0];
    expect(disagreements({ ...drawing, tasks }).map(named)).toEqual(
      wrong.map((at) => `${tasks[at]!.family.name}-${tasks[at]!.index + 1}`),
    );
  });
});
