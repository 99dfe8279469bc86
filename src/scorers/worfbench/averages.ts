import type { PrecisionRecall } from '../precision-recall.ts';
import type { SimilarityMatrix } from './node-similarity.ts';
import { type GoldPlan, type PlanScores, scorePlan } from './plan-score.ts';

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
