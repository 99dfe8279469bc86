/** A drawn plan: steps, what has to be done before what, and a sentence for each layer. */
import type { Draw } from '../crm-synth/draw.ts';
import type { Domain, Wording } from './domains.ts';

/** Layers of steps: those of a layer may be done in any order, and all of the layer before come first. */
const shapes = {
  pair: ['first first'],
  chain: ['first', 'next'],
  'long chain': ['first', 'next', 'next'],
  'chain of four': ['first', 'next', 'next', 'next'],
  fork: ['first', 'next next'],
  join: ['first first', 'join'],
  diamond: ['first', 'next next', 'join'],
  'join and go on': ['first first', 'join', 'next'],
  'diamond and go on': ['first', 'next next', 'join', 'next'],
} as const satisfies Record<string, readonly string[]>;

export type Shape = keyof typeof shapes;
export const shapeNames = Object.keys(shapes) as Shape[];

export interface DrawnPlan {
  shape: Shape;
  layers: readonly (readonly Wording[])[];
  /** Steps of the domain that the plan does without. */
  others: readonly Wording[];
}

type Kind = 'first' | 'next' | 'join';

export function drawPlan(draw: Draw, domain: Domain, shape: Shape): DrawnPlan {
  const left = {
    first: draw.shuffled(domain.first),
    next: draw.shuffled(domain.next),
    join: draw.shuffled(domain.join),
  };
  const layers = shapes[shape].map((kinds) => kinds.split(' ').map((kind) => left[kind as Kind].shift() as Wording));
  return { shape, layers, others: [...left.first, ...left.next, ...left.join] };
}

/** The answer in WorfBench's form: steps numbered as the task names them, edges from each step to those of the next layer. */
export function planText({ layers }: Pick<DrawnPlan, 'layers'>): string {
  let count = 0;
  const numbered = layers.map((layer) => layer.map(([step]) => ({ step, number: String(++count) })));
  const ranks = [['START'], ...numbered.map((layer) => layer.map(({ number }) => number)), ['END']];
  const edges = ranks
    .slice(1)
    .flatMap((rank, i) => (ranks[i] ?? []).flatMap((from) => rank.map((to) => `(${from},${to})`)));
  const steps = numbered.flat().map(({ step, number }) => `${number}: ${step}`);
  return `Node:\n${steps.join('\n')}\nEdge: ${edges.join(' ')}`;
}

/**
 * `Begin with this: take the blue cup. Then do two things in any order: heat the soup in the oven and look at the clock.
 * After both do this: feed the cat.`
 * @param wording 1: in other words than the plan's
 */
export function taskText({ layers }: Pick<DrawnPlan, 'layers'>, wording: 0 | 1): string {
  const sentences = layers.map((layer, i) => {
    const before = layers[i - 1]?.length ?? 0;
    const lead = before === 0 ? 'Begin with' : before === 1 ? 'Then do' : 'After both do';
    const steps = layer.map((step) => step[wording]).join(' and ');
    return `${lead} ${layer.length > 1 ? 'two things in any order' : 'this'}: ${steps}.`;
  });
  return sentences.join(' ');
}
