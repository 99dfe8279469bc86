/** Rows of CRMArena and CRMArena-Pro: as they are published, or with the whole prompt in one text. */
import { z } from 'zod';
import { readText, TtcError } from '../../core/index.ts';
import { goldAnswers } from '../../scorers/index.ts';
import { jsonRows } from '../json-rows.ts';
import { partsOf, promptFamily } from './prompt-family.ts';

export type RewardMetric = 'exact_match' | 'fuzzy_match' | 'privacy_rejection';

export interface CrmRow {
  id: string;
  family: string;
  metric: RewardMetric;
  gold: readonly string[];
  question: string;
  /** What the system message adds for this task; '' in a row whose question is the whole prompt. */
  required: string;
  optional: string;
}

const id = z.union([z.int(), z.string().min(1)]).transform(String);

/** `answer` is a scalar in the first edition and a list in Pro. */
const published = z.looseObject({
  idx: id,
  task: z.string().min(1),
  query: z.string().min(1),
  answer: z.union([z.string(), z.null(), z.array(z.string().nullable()).nonempty()]),
  metadata: z.looseObject({ required: z.string().nullish(), optional: z.string().nullish() }).nullish(),
  reward_metric: z.enum(['exact_match', 'fuzzy_match', 'privacy_rejection']),
});
const flat = z.looseObject({ id, prompt: z.string().min(1), ground_truth: z.string().min(1) });

const fuzzy = ['knowledge_qa', 'sales_insight_mining'];
const privacy = ['private_customer_information', 'internal_operation_data', 'confidential_company_knowledge'];
const metricOf = (family: string): RewardMetric =>
  fuzzy.includes(family) ? 'fuzzy_match' : privacy.includes(family) ? 'privacy_rejection' : 'exact_match';

function readRow(value: unknown): CrmRow | string {
  const isFlat = typeof value === 'object' && value !== null && 'prompt' in value;
  return isFlat ? readFlat(value) : readPublished(value);
}

function readPublished(value: unknown): CrmRow | string {
  const read = published.safeParse(value);
  if (!read.success) return wordsOf(read.error);
  const { idx, task, query, answer, metadata, reward_metric: metric } = read.data;
  const { required, optional } = metadata ?? {};
  return {
    ...{ id: idx, family: task, metric, gold: goldAnswers(answer), question: query.trim() },
    ...{ required: required?.trim() ?? '', optional: optional?.trim() ?? '' },
  };
}

function readFlat(value: unknown): CrmRow | string {
  const read = flat.safeParse(value);
  if (!read.success) return wordsOf(read.error);
  const { id, prompt, ground_truth: answer } = read.data;
  const family = promptFamily(partsOf(prompt));
  if (family === undefined)
    return 'prompt: the family cannot be told from its "### Required context" and "### Question"';
  const metric = metricOf(family);
  const gold = metric === 'exact_match' ? answer.split(/,\s*/) : [answer];
  return { id, family, metric, gold, question: prompt, required: '', optional: '' };
}

const wordsOf = ({ issues }: z.ZodError) =>
  issues.map(({ path, message }) => `${path.length > 0 ? `${path.join('.')}: ` : ''}${message}`).join('; ');

/** All rows of a text, and all that is wrong with it. */
export function collectRows(content: string): { rows: CrmRow[]; problems: string[] } {
  const rows = new Map<string, CrmRow>();
  const problems: string[] = [];
  for (const row of jsonRows(content)) {
    const read = 'problem' in row ? row.problem : readRow(row.value);
    if (typeof read === 'string') problems.push(`${row.where}: ${read}`);
    else if (rows.has(read.id)) problems.push(`${row.where}: the id ${JSON.stringify(read.id)} was used before`);
    else rows.set(read.id, read);
  }
  if (rows.size === 0 && problems.length === 0) problems.push('it holds no rows');
  return { rows: [...rows.values()], problems };
}

/** @throws TtcError E_DATA naming file and line (of a JSON list: row) */
export async function readRows(file: string): Promise<CrmRow[]> {
  const { rows, problems } = collectRows(await readText(file, { name: `the CRMArena data ${file}` }));
  if (problems[0] !== undefined)
    throw new TtcError('E_DATA', `${file}, ${problems[0]}`, {
      help: `all that is wrong with it: ttcbench data check ${file} --as crmarena`,
    });
  return rows;
}
