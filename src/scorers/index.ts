/** Scorers: pure functions of a prediction and a reference. */

export * from './bleu.ts';
export * from './chrf.ts';
export * from './coverage.ts';
export * from './crmarena/index.ts';
export * from './exact-match.ts';
export { lexicons } from './lexicons/index.ts';
export * from './normalise-answer.ts';
export { stem } from './porter-stemmer.ts';
export type { PrecisionRecall } from './precision-recall.ts';
export * from './rouge.ts';
export * from './semantic-similarity.ts';
export * from './token-f1.ts';
export * from './worfbench/index.ts';
