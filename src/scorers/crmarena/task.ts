/** What kind of answer the exact-match tasks of CRMArena and CRMArena-Pro want. */
export type AnswerType = 'state' | 'month' | 'lead_factors' | 'stage' | 'id';

const answerTypes: Readonly<Record<string, AnswerType>> = {
  best_region_identification: 'state',
  monthly_trend_analysis: 'month',
  lead_qualification: 'lead_factors',
  wrong_stage_rectification: 'stage',
};

/** Tasks outside the table want record Ids. */
export function answerTypeOf(task: string): AnswerType {
  return Object.hasOwn(answerTypes, task) ? (answerTypes[task] as AnswerType) : 'id';
}
