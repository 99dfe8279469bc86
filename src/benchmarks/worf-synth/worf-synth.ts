/**
 * Plans as graphs of steps, of our own making: the form and the scores of WorfBench (arXiv 2410.07869), texts of ours.
 *
 *   level 1   the task names its steps word for word; no list of actions
 *   level 2   a list of the actions, in order, before the task
 *   level 3   a list after the task, in one line, shuffled, with one action too many
 *   level 4   as 3, with two too many, and the task says the steps in other words
 *
 *   prompt     Task: Begin with this: take the blue cup. Then do two things in any order: feed the cat and look at the clock.
 *   reference  Node:\n1: take the blue cup\n2: feed the cat\n3: look at the clock\nEdge: (START,1) (1,2) (1,3) (2,END) (3,END)
 *   f1_chain   1 for this plan
 */
import { z } from 'zod';
import { type Benchmark, type Message, TtcError } from '../../core/index.ts';
import { readGoldPlan } from '../../scorers/index.ts';
import { createDraw, type Draw } from '../crm-synth/draw.ts';
import { singleTurn } from '../single-turn.ts';
import { takeTurns } from '../take-turns.ts';
import { planScorers, type WorfSample } from '../worfbench/worfbench.ts';
import { type Domain, domains, type Wording } from './domains.ts';
import { type DrawnPlan, drawPlan, planText, type Shape, shapeNames, taskText } from './draw-plan.ts';

const options = z.strictObject({
  level: z
    .union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)])
    .default(1)
    .describe(
      '1: the task names its steps; 2: with a list of actions; 3: a shuffled list with one too many; 4: in other words',
    ),
  families: z.array(z.string()).nonempty().optional().describe('domains to play; all seven unless given'),
  tasks: z.int().min(1).max(200).default(30).describe('tasks of each domain'),
  seed: z.int().default(0).describe('seed of the tasks'),
  similarity: z
    .enum(['lexical', 'minilm'])
    .default('lexical')
    .describe('what compares the texts of steps: common words, or a sentence encoder, which a run pulls'),
});

export type WorfSynthOptions = z.output<typeof options>;
type Level = WorfSynthOptions['level'];

const system = `You plan tasks. Write each step of the task on a numbered line under "Node:". Then write "Edge:" and the pairs (a,b) where step a has to be done right before step b. START stands before the first steps and END after the last ones. Write nothing else.`;

type Shown = Pick<DrawnPlan, 'layers' | 'others'>;

const actionsOf = ({ layers, others }: Shown, draw: Draw, tooMany: number) =>
  draw.shuffled([...layers.flat(), ...draw.some(others, tooMany)]).map(([step]) => step);

function promptOf(plan: Shown, level: Level, draw: Draw): string {
  const task = `Task: ${taskText(plan, level === 4 ? 1 : 0)}`;
  if (level === 1) return task;
  if (level === 2)
    return `The actions you can take:\n${plan.layers
      .flat()
      .map(([step]) => `- ${step}`)
      .join('\n')}\n\n${task}`;
  return `${task}\nThe action list you can take: ${actionsOf(plan, draw, level - 2).join('; ')}`;
}

/** Level 1 has plans of 3 and 4 steps, levels 2 and 3 of 2 to 4, level 4 of 3 to 5. */
const shapesOf = (level: Level): readonly Shape[] =>
  shapeNames.filter(
    (shape) =>
      (level === 4 || shape !== 'diamond and go on') &&
      (level === 2 || level === 3 || !['pair', 'chain'].includes(shape)),
  );

/**
 * Three examples of different size and shape, the same for every seed; their steps are in no domain. The last is the one
 * that a small model imitates: after a diamond it writes four steps whatever the task says.
 */
const shown: readonly DrawnPlan['layers'][] = [
  [['unpack the new printer'], ['connect the cable', 'load the paper tray'], ['print a test page']],
  [['boil four eggs', 'slice the bread'], ['serve breakfast on the terrace']],
  [['fetch the garden hose'], ['water the roses'], ['roll up the hose']],
].map((layers) => layers.map((layer) => layer.map((step) => [step, step] as const)));

const shotsOf = (level: Level): Message[] =>
  shown.flatMap((layers, index) => {
    const others: Wording[] = ['sweep the path', 'lock the gate'].map((step) => [step, step]);
    const plan = { layers, others };
    return [
      { role: 'user' as const, content: promptOf(plan, level, createDraw('worf-synth', 'shots', index)) },
      { role: 'assistant' as const, content: planText(plan) },
    ];
  });

/** No two tasks of a domain have the same plan. */
function samplesOfDomain(domain: Domain, { level, seed, tasks }: WorfSynthOptions): WorfSample[] {
  const samples = new Map<string, WorfSample>();
  for (let index = 0; samples.size < tasks; index++) {
    const draw = createDraw('worf-synth', level, seed, domain.name, index);
    const plan = drawPlan(draw, domain, draw.pick(shapesOf(level)));
    const [prompt, reference] = [promptOf(plan, level, draw), planText(plan)];
    if (samples.has(reference)) continue;
    const id = `${domain.name}-${samples.size + 1}`;
    samples.set(reference, {
      ...{ id, family: domain.name, prompt, reference, gold: readGoldPlan(reference) },
      messages: [{ role: 'system', content: system }, ...shotsOf(level), { role: 'user', content: prompt }],
    });
  }
  return [...samples.values()];
}

function chosen(families: readonly string[] | undefined): readonly Domain[] {
  const names = domains.map(({ name }) => name);
  const unknown = families?.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new TtcError('E_BENCHMARK', `worf-synth has no domain ${JSON.stringify(unknown)}`, {
      help: `it has ${names.join(', ')}`,
    });
  return domains.filter(({ name }) => families?.includes(name) ?? true);
}

export const worfSynth: Benchmark<WorfSample, WorfSynthOptions> = {
  name: 'worf-synth',
  version: '2',
  about: 'plans as graphs of steps over seven domains of our own making, in the form and with the scores of WorfBench',
  licence: 'MIT (ours)',
  options,
  maxTokens: 160,
  scores: ['f1_chain', 'f1_graph', 'f1_graph_mapped', 'f1_nodes', 'parse_error'],
  open(given) {
    const { level, families, similarity } = given;
    const samples = takeTurns(chosen(families).flatMap((domain) => samplesOfDomain(domain, given)));
    const parts = [level > 1 && `level=${level}`, similarity !== 'lexical' && `similarity=${similarity}`].filter(
      Boolean,
    );
    return {
      ...singleTurn({
        samples,
        messages: (sample) => sample.messages,
        hasShots: true,
        limits: () => ({ stop: ['\n\n'] }),
        score: planScorers[similarity],
      }),
      similarity,
      ...(parts.length > 0 && { label: `worf-synth[${parts.join(',')}]` }),
    };
  },
};
