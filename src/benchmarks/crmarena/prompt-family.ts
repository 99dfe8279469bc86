/** Which of the 22 families a row belongs to whose prompt is one text and which names no task: told by a few words in it. */
export interface PromptParts {
  required: string;
  question: string;
}

const headings = ['Persona', 'Required context', 'Optional context', 'Question'];

/** Parts of a prompt with headings `### Required context` and `### Question`. */
export function partsOf(prompt: string): PromptParts {
  const parts = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of prompt.split('\n')) {
    const heading = headings.find((name) => line.trim() === `### ${name}`);
    if (heading === undefined) current.push(line);
    else {
      current = [];
      parts.set(heading, current);
    }
  }
  const textOf = (name: string) => (parts.get(name) ?? []).join('\n').trim();
  return { required: textOf('Required context'), question: textOf('Question') };
}

/** The first that holds decides. */
const byQuestion: readonly (readonly [family: string, words: string])[] = [
  ['monthly_trend_analysis', 'month name'],
  ['top_issue_identification', 'issue id'],
  ['best_region_identification', 'two-letter'],
];
const byContext: readonly (readonly [family: string, words: string])[] = [
  ['lead_qualification', 'lead qualification'],
  ['activity_priority', 'activity priority'],
  ['sales_insight_mining', 'sales insight'],
  ['invalid_config', 'invalid config'],
  ['quote_approval', 'quote approval'],
  ['case_routing', 'case routing'],
  ['lead_routing', 'lead routing'],
  ['sales_cycle_understanding', 'sales cycle'],
  ['sales_amount_understanding', 'sales amount'],
  ['conversion_rate_comprehension', 'conversion rate'],
  ['handle_time', 'handle time'],
  ['transfer_count', 'transfer'],
  ['private_customer_information', 'logged in'],
  ['named_entity_disambiguation', 'interacting'],
  ['wrong_stage_rectification', 'opportunity id'],
  ['policy_violation_identification', 'case id'],
  ['knowledge_qa', 'knowledge articles'],
];
/** A question without a context asks for what must not be told: how the company works inside, or what it knows. */
const operations =
  /\b(?:agents?|sales|quot\w+|this lead|leads|cases?|handl\w+|transfer\w*|month\w*|opportunit\w+|problems?|issues?|configur\w+|states?|conversion)\b/i;

/** undefined: no family is told by these words. */
export function promptFamily({ required, question }: PromptParts): string | undefined {
  if (question === '') return undefined;
  if (required === '') return operations.test(question) ? 'internal_operation_data' : 'confidential_company_knowledge';
  const [asked, context] = [question.toLowerCase(), required.toLowerCase()];
  return (byQuestion.find(([, words]) => asked.includes(words)) ??
    byContext.find(([, words]) => context.includes(words)))?.[0];
}
