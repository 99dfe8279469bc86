import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meanPlanScores, planCeiling, worfbenchAverage } from './averages.ts';
import { type GoldPlan, readGoldPlan } from './gold-plan.ts';
import { lexicalSimilarity, matchNodes } from './node-similarity.ts';
import { parsePlan } from './plan.ts';
import { planMetrics, scorePlan } from './plan-score.ts';

/** Step names without a common word, so that each is similar to itself alone. */
const steps = ['boil water', 'grind beans', 'warm cup', 'pour coffee', 'add milk', 'serve guest', 'wash pot'];

type Edges = readonly (readonly [number | 'START', number | 'END'])[];

function write(texts: readonly string[], edges: Edges): string {
  return `Node:\n${texts.map((text, i) => `${i + 1}: ${text}`).join('\n')}\nEdges: ${edges.map((pair) => `(${pair})`).join(' ')}`;
}

/** START to every step without a predecessor, every step without a successor to END. */
function close(count: number, inner: readonly (readonly [number, number])[]): Edges {
  const all = Array.from({ length: count }, (_, i) => i + 1);
  return [
    ...all.filter((step) => !inner.some(([, to]) => to === step)).map((step) => ['START', step] as const),
    ...inner,
    ...all.filter((step) => !inner.some(([from]) => from === step)).map((step) => [step, 'END'] as const),
  ];
}

const score = (goldText: string, text: string) => scorePlan(readGoldPlan(goldText), parsePlan(text));

/** start → 1 → 2 → end beside start → 3 → 4 → end */
const twoChains = write(
  steps.slice(0, 4),
  close(4, [
    [1, 2],
    [3, 4],
  ]),
);

/** A plan of up to seven steps whose edges run from lower to higher numbers. */
const acyclicPlan = fc.integer({ min: 1, max: 7 }).chain((count) =>
  fc
    .uniqueArray(fc.tuple(fc.integer({ min: 1, max: count }), fc.integer({ min: 1, max: count })), {
      maxLength: 8,
      selector: String,
    })
    .map((pairs) => ({ count, inner: pairs.filter(([from, to]) => from < to) as [number, number][] })),
);

/** The plan's steps written in another order, with its edges following. */
function reorder(count: number, edges: Edges, order: readonly number[]): string {
  const place = (step: number | 'START' | 'END') => (typeof step === 'number' ? order.indexOf(step) + 1 : step);
  const moved = edges.map(([from, to]) => [place(from), place(to)]) as unknown as Edges;
  return write(
    Array.from({ length: count }, (_, i) => steps[(order[i] as number) - 1] as string),
    moved,
  );
}

describe('f1_chain', () => {
  it('is the longest part in one of the orders, over the lengths of both', () => {
    const gold = write(
      steps.slice(0, 4),
      close(4, [
        [1, 2],
        [2, 3],
        [3, 4],
      ]),
    );
    const swapped = reorder(
      4,
      close(4, [
        [1, 2],
        [2, 3],
        [3, 4],
      ]),
      [1, 3, 2, 4],
    );
    expect(score(gold, swapped).chain).toMatchObject({ precision: 3 / 4, recall: 3 / 4 });
    const short = write(
      ['boil water', 'pour coffee'],
      [
        ['START', 1],
        [1, 2],
        [2, 'END'],
      ],
    );
    const { chain } = score(gold, short);
    expect(chain).toMatchObject({ precision: 1, recall: 2 / 4 });
    expect(chain.f1).toBeCloseTo(2 / 3, 12);
  });

  it('is never 0 for a readable plan with a step, not even where nothing matches', () => {
    const { chain, parseError } = score(twoChains, write(['sing', 'dance'], [['START', 1]]));
    expect(chain).toMatchObject({ precision: 1 / 2, recall: 1 / 4 });
    expect(parseError).toBe(false);
  });

  it('cannot reach 1 with eight steps or more: START and END stay in the gold list', () => {
    const texts = [...steps, 'dry hands'];
    const inner = texts.slice(1).map((_, i) => [i + 1, i + 2] as const);
    const gold = readGoldPlan(write(texts, close(8, inner)));
    expect(planCeiling(gold).chain).toMatchObject({ precision: 1, recall: 8 / 10 });
    expect(planCeiling(gold).graph.f1).toBe(1);
  });

  it('compares with the first 20 orders alone, which start from the highest index', () => {
    const wide = readGoldPlan(write(steps.slice(0, 5), close(5, [])));
    expect(wide.orders).toHaveLength(20);
    expect(planCeiling(wide).chain.f1).toBeLessThan(1);
  });

  it('leaves out steps that are called START or END', () => {
    const text = 'Node:\n1: START\n2: boil water\n3: END\n(START,2)';
    expect(
      score(
        write(
          ['boil water'],
          [
            ['START', 1],
            [1, 'END'],
          ],
        ),
        text,
      ).chain.f1,
    ).toBe(1);
  });
});

describe('f1_graph', () => {
  it('compares raw index pairs: parallel steps that swap their numbers lose points, the mapped score does not', () => {
    const swapped = reorder(
      4,
      close(4, [
        [1, 2],
        [3, 4],
      ]),
      [3, 4, 1, 2],
    );
    const { chain, graph, graphMapped } = score(twoChains, swapped);
    expect([chain.f1, graphMapped.f1]).toEqual([1, 1]);
    expect(graph.f1).toBe(1); // the two chains have the same shape, so their index pairs are the same

    const uneven = write(steps.slice(0, 3), close(3, [[1, 2]]));
    const other = reorder(3, close(3, [[1, 2]]), [3, 1, 2]);
    const scores = score(uneven, other);
    expect([scores.chain.f1, scores.graphMapped.f1]).toEqual([1, 1]);
    // common pairs: START-1 and 3-END; of five nodes two hang together
    expect(scores.graph).toMatchObject({ precision: 2 / 5, recall: 2 / 5 });
    expect(scores.graph.f1).toBeCloseTo(2 / 5, 12);
  });

  it('respects direction in the comparison and ignores it in the component', () => {
    const chain = write(steps.slice(0, 2), [
      ['START', 1],
      [1, 2],
      [2, 'END'],
    ]);
    const reversed = 'Node:\n1: boil water\n2: grind beans\n(START,1) (2,1) (2,END)';
    expect(score(chain, reversed).graph).toEqual({ precision: 2 / 4, recall: 2 / 4, f1: 2 / 4 });
  });

  it('is never 0 for a readable plan: START matches START', () => {
    const { graph } = score(twoChains, 'Node: none (5,6)');
    expect(graph).toMatchObject({ precision: 1 / 2, recall: 1 / 6 });
  });

  it('takes self-loops, cycles and edges out of range', () => {
    const chain = write(steps.slice(0, 2), [
      ['START', 1],
      [1, 2],
      [2, 'END'],
    ]);
    expect(score(chain, `${chain} (1,1) (2,1) (8,9)`).graph.f1).toBe(1);
  });
});

describe('plans that cannot be read', () => {
  it('score zeros and are flagged', () => {
    const none = { precision: 0, recall: 0, f1: 0 };
    expect(score(twoChains, 'I cannot plan this.')).toEqual({
      nodes: none,
      chain: none,
      graph: none,
      graphMapped: none,
      parseError: true,
    });
  });

  it('a plan with edges but without steps has a graph and no chain', () => {
    const { chain, graph, parseError } = score(twoChains, 'Node:\n1.boil water\n(START,1) (1,END)');
    expect(parseError).toBe(true);
    expect(chain.f1).toBe(0);
    expect(graph.f1).toBeGreaterThan(0);
  });

  it('a gold plan that is unreadable, cyclic or out of range is an error of the data', () => {
    for (const text of ['', 'Node:\n1: a\n(1,1)', 'Node:\n1: a\n(START,1) (1,7)'])
      expect(() => readGoldPlan(text)).toThrowError(expect.objectContaining({ code: 'E_DATA' }));
  });
});

describe('node matching', () => {
  it('wants more than the threshold', () => {
    expect(matchNodes([[0.6]], [0], [0])).toEqual([-1]);
    expect(matchNodes([[0.600001]], [0], [0])).toEqual([0]);
  });

  it('keeps the order of nodes with equal texts', () => {
    const same = [
      [1, 1],
      [1, 1],
    ];
    expect(matchNodes(same, [0, 1], [0, 1])).toEqual([0, 1]);
    // one gold node and three nodes equal to it: the bonus 1e-9·i·j is largest for the last
    expect(
      matchNodes(
        [
          [0, 1],
          [0, 1],
          [0, 1],
        ],
        [0, 1, 2],
        [0, 1],
      ),
    ).toEqual([-1, -1, 1]);
  });

  it('lexical similarity is token F1', () => {
    // 3 of 3 words against 3 of 4
    expect(lexicalSimilarity(['Boil the fresh water now'], ['boil fresh water'])[0]?.[0]).toBeCloseTo(6 / 7, 12);
    expect(lexicalSimilarity([], ['x'])).toEqual([]);
  });
});

describe('properties of the plan scores', () => {
  const goldOf = ({ count, inner }: { count: number; inner: [number, number][] }) =>
    write(steps.slice(0, count), close(count, inner));

  it('the gold answer reaches its ceiling, 1 where the orders were not cut', () => {
    fc.assert(
      fc.property(acyclicPlan, (shape) => {
        const gold: GoldPlan = readGoldPlan(goldOf(shape));
        const scores = scorePlan(gold, parsePlan(goldOf(shape)));
        expect(scores).toEqual(planCeiling(gold));
        if (gold.orders.length < 20) expect(scores.chain.f1).toBe(1);
        expect([scores.graph.f1, scores.graphMapped.f1]).toEqual([1, 1]);
      }),
    );
  });

  it('another order of parallel steps keeps f1_chain and f1_graph_mapped', () => {
    fc.assert(
      fc.property(acyclicPlan, fc.nat(), (shape, pick) => {
        const gold = readGoldPlan(goldOf(shape));
        fc.pre(gold.orders.length < 20);
        const order = gold.orders[pick % gold.orders.length] as number[];
        const scores = scorePlan(gold, parsePlan(reorder(shape.count, close(shape.count, shape.inner), order)));
        expect([scores.chain.f1, scores.graphMapped.f1]).toEqual([1, 1]);
      }),
    );
  });

  it('dropping a step never raises recall', () => {
    const shuffledSteps = fc.shuffledSubarray(steps, { minLength: 2 });
    fc.assert(
      fc.property(acyclicPlan, shuffledSteps, fc.nat(), (shape, texts, pick) => {
        const gold = readGoldPlan(goldOf(shape));
        const victim = (pick % texts.length) + 1;
        const edges = close(
          texts.length,
          texts.slice(1).map((_, i) => [i + 1, i + 2] as const),
        );
        const renumber = (step: number | string) => (typeof step === 'number' && step > victim ? step - 1 : step);
        const kept = edges.filter((pair) => !(pair as readonly unknown[]).includes(victim));
        const fewer = write(
          texts.filter((_, i) => i + 1 !== victim),
          [...kept.map((pair) => pair.map(renumber)), ['START', 'END']] as unknown as Edges,
        );
        const [full, less] = [`${write(texts, edges)} (START,END)`, fewer].map((text) =>
          scorePlan(gold, parsePlan(text)),
        );
        expect(less?.chain.recall).toBeLessThanOrEqual((full?.chain.recall as number) + 1e-12);
        expect(less?.graphMapped.recall).toBeLessThanOrEqual((full?.graphMapped.recall as number) + 1e-12);
      }),
    );
  });
});

describe('averages', () => {
  const perfect = score(twoChains, twoChains);
  const failed = score(twoChains, '');

  it('average precision, recall and F1 separately', () => {
    const half = score(twoChains, write(['boil water', 'grind beans'], close(2, [[1, 2]])));
    const mean = meanPlanScores([perfect, half, failed, failed]);
    expect(mean).toMatchObject({ rows: 4, parseErrors: 0.5, chain: { precision: 0.5, recall: (1 + 0.5) / 4 } });
    expect(mean.chain.f1).toBeCloseTo((1 + 2 / 3) / 4, 12);
  });

  it('the headline is the mean of the group means, without the held-out families', () => {
    const average = worfbenchAverage({
      toolbench: [perfect],
      toolalpaca: [failed],
      lumos: [perfect],
      seal_tools: [failed, failed],
    });
    expect(Object.keys(average.groups)).toEqual(['function_call', 'problem_solving']);
    expect(average.f1Chain).toBe(0.75);
    expect(worfbenchAverage({ seal_tools: [perfect] }).f1Chain).toBeUndefined();
  });

  it('counts matched steps whatever their order, without START and END', () => {
    const gold = 'Node:\n1: boil water\n2: grind beans\n3: pour coffee\nEdge: (START,1) (1,2) (2,3) (3,END)';
    const nodes = (text: string) => score(gold, text).nodes;
    expect(nodes('Node:\n1: pour coffee\n2: boil water\nEdge: (START,1) (2,END)')).toEqual({
      precision: 1,
      recall: 2 / 3,
      f1: 0.8,
    });
    expect(nodes('Node:\n1: sweep the floor\nEdge: (START,1) (1,END)').f1).toBe(0);
    expect(nodes(gold).f1).toBe(1);
    expect(nodes('no plan').f1).toBe(0);
  });

  it('scores carry the names of their metrics', () => {
    expect(planMetrics(failed)).toMatchObject({ f1_chain: 0, f1_graph: 0, f1_graph_mapped: 0, parse_error: 1 });
    expect(planMetrics(perfect)).toMatchObject({ f1_chain: 1, recall_chain: 1, f1_graph: 1, parse_error: 0 });
  });
});
