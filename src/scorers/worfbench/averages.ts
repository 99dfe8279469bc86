import type { PrecisionRecall } from '../precision-recall.ts';
import type { GoldPlan } from './gold-plan.ts';
import type { SimilarityMatrix } from './node-similarity.ts';
import { type PlanScores, scorePlan } from './plan-score.ts';

/** The groups whose means make the published average; `seal_tools` and `intercodesql` are held out. */
export const worfbenchGroups: Readonly<Record<string, readonly string[]>> = {
  function_call: ['toolbench', 'toolalpaca'],
  problem_solving: ['lumos'],
  embodied: ['alfworld', 'webshop', 'os'],
  open_grounded: ['wikihow'],
};

export interface PlanMeans {
  rows: number;
  chain: PrecisionRecall;
  graph: PrecisionRecall;
  graphMapped: PrecisionRecall;
  /** Share of rows that could not be read. */
  parseErrors: number;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function meanOf(scores: readonly PrecisionRecall[]): PrecisionRecall {
  return {
    precision: mean(scores.map((score) => score.precision)),
    recall: mean(scores.map((score) => score.recall)),
    f1: mean(scores.map((score) => score.f1)),
  };
}

/** Precision, recall and F1 averaged separately over rows, as the official program does; NaN for no rows. */
export function meanPlanScores(scores: readonly PlanScores[]): PlanMeans {
  return {
    rows: scores.length,
    chain: meanOf(scores.map((score) => score.chain)),
    graph: meanOf(scores.map((score) => score.graph)),
    graphMapped: meanOf(scores.map((score) => score.graphMapped)),
    parseErrors: mean(scores.map((score) => (score.parseError ? 1 : 0))),
  };
}

/** What the gold plan scores against itself. Below 1 where the official program cannot reward a perfect answer. */
export function planCeiling(gold: GoldPlan, similarity?: SimilarityMatrix): PlanScores {
  return scorePlan(gold, gold, similarity);
}

export interface WorfbenchAverage {
  /** Mean over the rows of each group that has any. */
  groups: Record<string, PlanMeans>;
  /** Mean of the group means: the published headline. Undefined without a single row of any group. */
  f1Chain: number | undefined;
  f1Graph: number | undefined;
}

/**
 * The published average: the mean of the four group means. How the paper pools rows inside a group is not stated; this
 * takes the mean over rows.
 */
export function worfbenchAverage(scores: Readonly<Record<string, readonly PlanScores[]>>): WorfbenchAverage {
  const groups: Record<string, PlanMeans> = {};
  for (const [group, families] of Object.entries(worfbenchGroups)) {
    const rows = families.flatMap((family) => scores[family] ?? []);
    if (rows.length > 0) groups[group] = meanPlanScores(rows);
  }
  const means = Object.values(groups);
  if (means.length === 0) return { groups, f1Chain: undefined, f1Graph: undefined };
  return {
    groups,
    f1Chain: mean(means.map((group) => group.chain.f1)),
    f1Graph: mean(means.map((group) => group.graph.f1)),
  };
}
