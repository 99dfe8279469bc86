/**
 * WorfBench (Qiao et al. 2024, arXiv 2410.07869): plan a task as a graph of subtasks. Official rows, from a path.
 *
 *   system     You are a helpful task planner. … Keep your output in foramt: Node: 1.{subtask_1} … Edges: (START,1) …
 *   user       Task: … The action list you can take: …
 *   reference  Node:\n1: find the file\n2: count its lines\nEdge: (START,1) (1,2) (2,END)
 *   answer     Node:\n1: find the file\nEdges:\n(START,1)\n(1,END)
 *   scores     f1_chain = 2·1·½/(1 + ½) = 0.67 (1 of 1 step right, 1 of 2 found);
 *              f1_graph = 0.57 (START and step 1 hang together: 2 of 3 nodes, 2 of 4)
 */
import { z } from 'zod';
import {
  type Answer,
  type Benchmark,
  createRandom,
  type Judges,
  type Message,
  type Sample,
  type Scores,
  shuffled,
  TtcError,
} from '../../core/index.ts';
import {
  type GoldPlan,
  lexicalSimilarity,
  type Plan,
  parsePlan,
  type SimilarityMatrix,
  scorePlan,
} from '../../scorers/index.ts';
import { singleTurn } from '../single-turn.ts';
import { readRows, type WorfRow } from './read-rows.ts';
import { shotsOf } from './shots.ts';

/** The published numbers were made with all-mpnet-base-v2. */
const refusals = new Map([
  [
    'all-mpnet-base-v2',
    'all-mpnet-base-v2 is not supported (its relative position bias is not built, and nothing was verified with it); use minilm or lexical',
  ],
]);

const options = z.strictObject({
  data: z.string().min(1).optional().describe('folder of the official files, or one of them'),
  families: z
    .array(z.string())
    .nonempty()
    .optional()
    .describe('families to play (`source` in the rows); all that the data holds unless given'),
  shots: z
    .union([z.literal(0), z.literal(2)])
    .default(2)
    .describe('worked examples before the task; 2 is published, and held-out families have none'),
  shuffle: z.int().default(0).describe('seed of the shuffle that decides which rows `--samples` takes'),
  // Part of every score's meaning, so the encoder stands in the benchmark's name.
  similarity: z
    .enum(['lexical', 'minilm'], { error: ({ input }) => refusals.get(String(input)) })
    .default('lexical')
    .describe('what compares the texts of nodes: common words, or a sentence encoder, which a run pulls'),
});

export type WorfbenchOptions = z.output<typeof options>;

export interface WorfSample extends Sample {
  messages: readonly Message[];
  gold: GoldPlan;
}

function toSample(row: WorfRow, shots: 0 | 2): WorfSample {
  const { id, family, reference, gold, system } = row;
  const examples = shots === 0 ? [] : shotsOf(family);
  const prompt = examples.length > 0 ? `Now it's your turn.\n${row.user}` : row.user;
  const messages: readonly Message[] = [
    { role: 'system', content: system },
    ...examples,
    { role: 'user', content: prompt },
  ];
  return { id, family, prompt, reference, messages, gold };
}

/** Negative cosines count as 0, as in the official program. */
async function semanticMatrix(plan: Plan | null, gold: GoldPlan, { similarity }: Judges): Promise<number[][]> {
  if (!similarity) throw new TtcError('E_SCORE', 'node texts are to be compared by minilm, and there is no encoder');
  const cosines = plan ? await similarity(plan.nodes, gold.nodes) : [];
  return cosines.map((row) => row.map((cosine) => Math.max(0, cosine)));
}

function scoresOf(gold: GoldPlan, plan: Plan | null, matrix: SimilarityMatrix): Scores {
  const { nodes, chain, graph, graphMapped, parseError } = scorePlan(gold, plan, matrix);
  return {
    f1_chain: chain.f1,
    f1_graph: graph.f1,
    f1_graph_mapped: graphMapped.f1,
    f1_nodes: nodes.f1,
    parse_error: parseError ? 1 : 0,
  };
}

/** Scores of an answer, by what compares the texts of nodes. */
export const planScorers = {
  lexical({ gold }: WorfSample, { text }: Answer): Scores {
    const plan = parsePlan(text);
    return scoresOf(gold, plan, lexicalSimilarity(plan?.nodes ?? [], gold.nodes));
  },
  async minilm({ gold }: WorfSample, { text }: Answer, judges: Judges): Promise<Scores> {
    const plan = parsePlan(text);
    return scoresOf(gold, plan, await semanticMatrix(plan, gold, judges));
  },
};

function chooseFamilies(rows: readonly WorfRow[], families: readonly string[] | undefined): readonly WorfRow[] {
  if (!families) return rows;
  const held = new Set(rows.map((row) => row.family));
  const missing = families.find((family) => !held.has(family));
  if (missing !== undefined)
    throw new TtcError('E_BENCHMARK', `the WorfBench data hold no family ${JSON.stringify(missing)}`, {
      help: `they hold ${[...held].join(', ')}`,
    });
  return rows.filter((row) => families.includes(row.family));
}

export const worfbench: Benchmark<WorfSample, WorfbenchOptions> = {
  name: 'worfbench',
  version: '2',
  about:
    'WorfBench: plan a task as a graph of subtasks; official rows, node texts compared by words (lexical) or by minilm',
  licence: 'official rows: MIT (ZJUNLP), not part of ttcbench; shots: MIT (ours)',
  options,
  maxTokens: 1024,
  scores: ['f1_chain', 'f1_graph', 'f1_graph_mapped', 'f1_nodes', 'parse_error'],
  async open({ data, families, shots, shuffle, similarity }) {
    if (data === undefined)
      throw new TtcError('E_BENCHMARK', 'worfbench needs its official rows', {
        help: 'give a folder of the official test files, or one of them, with --data worfbench=PATH, or use worf-synth',
      });
    const rows = chooseFamilies(await readRows(data), families);
    const samples = shuffled(rows, createRandom(shuffle)).map((row) => toSample(row, shots));
    return {
      ...singleTurn({
        samples,
        messages: (sample) => sample.messages,
        hasShots: true,
        score: planScorers[similarity],
      }),
      similarity,
      ...(similarity !== 'lexical' && { label: `worfbench[similarity=${similarity}]` }),
    };
  },
};
