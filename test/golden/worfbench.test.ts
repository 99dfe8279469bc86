import { expect } from 'vitest';
import {
  matchNodes,
  type Plan,
  type PrecisionRecall,
  parsePlan,
  readGoldPlan,
  scorePlan,
} from '../../src/scorers/index.ts';
import { checkGolden, expectClose } from './golden-file.ts';

interface Row {
  gold_text: string;
  pred_text: string;
  gold: Plan;
  pred: Plan | null;
  skipped: boolean;
  sim: number[][] | null;
  gold_orders: number[][] | null;
  mapping: number[] | null;
  chain: PrecisionRecall | { error: string };
  graph: PrecisionRecall | { error: string };
  unique: { chain: boolean; graph: boolean } | null;
}

const zeros: PrecisionRecall = { precision: 0, recall: 0, f1: 0 };

function expectScore(actual: PrecisionRecall, expected: PrecisionRecall, what: string): void {
  for (const name of ['precision', 'recall', 'f1'] as const)
    expectClose(actual[name], expected[name], `${what} ${name}`);
}

/** Scores are comparable where the optimal matching is unique; where the official program failed we give zeros. */
function checkScore(actual: PrecisionRecall, official: Row['chain'], unique: boolean, what: string): void {
  if ('error' in official) expectScore(actual, zeros, what);
  else if (unique) expectScore(actual, official, what);
}

checkGolden<Row>('worfbench.jsonl', (row) => {
  const gold = readGoldPlan(row.gold_text);
  const plan = parsePlan(row.pred_text);
  expect({ nodes: gold.nodes, edges: gold.edges }).toEqual(row.gold);
  expect(plan).toEqual(row.pred);
  if (row.gold_orders) expect(gold.orders).toEqual(row.gold_orders);

  const scores = scorePlan(gold, plan, row.sim ?? undefined);
  expect(plan === null).toBe(row.skipped);
  expect(scores.parseError).toBe(row.skipped || 'error' in row.chain);
  checkScore(scores.chain, row.chain, row.unique?.chain ?? row.skipped, 'chain');
  checkScore(scores.graph, row.graph, row.unique?.graph ?? row.skipped, 'graph');
  if (plan && row.sim && row.mapping && row.unique?.graph) {
    const indices = (nodes: readonly string[]) => nodes.map((_, index) => index);
    expect(matchNodes(row.sim, indices(plan.nodes), indices(gold.nodes))).toEqual(row.mapping);
  }
});
