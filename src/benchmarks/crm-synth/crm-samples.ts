/** Samples of levels 3 and 4: the 22 families, with records in the prompt or for an agent with a database. */
import { wireWords } from '../crm-agent/play-agent.ts';
import type { PrivacyParams } from './families/confidentiality.ts';
import { type CrmTask, drawTasks } from './families/draw-tasks.ts';
import type { AnyFamily } from './families/family.ts';
import type { Org } from './org/org.ts';
import { estimateTokens, questionOf, recordsText, roleOf, schemaText } from './prompt-text.ts';
import type { CrmSample, ScoreKind } from './sample.ts';

export interface CrmSetting {
  level: 3 | 4;
  mode: 'context' | 'agent';
  turns: 'single' | 'multi';
  seed: number;
  /** Tokens of a prompt with records at level 4, about. */
  budget: number;
}

/** Rows of the main table: six at level 3, at level 4 as many as the budget allows. */
const level3Size = 6;
const level4Sizes = [96, 64, 48, 36, 24, 16, 10, 6] as const;

/** Tokens of an answer; one of several calls in agent mode. */
const answerTokens = 100;
const actionTokens = 400;

export function* crmSamples(family: AnyFamily, org: Org, setting: CrmSetting): Generator<CrmSample> {
  for (const task of tasksFor(family, org, setting)) yield toSample(task, setting);
}

export function tasksFor(family: AnyFamily, org: Org, { level, mode, seed, budget }: CrmSetting): Generator<CrmTask> {
  if (mode === 'agent') return drawTasks(family, org, { seed, size: undefined });
  if (level === 3) return drawTasks(family, org, { seed, size: level3Size });
  const size = level4Sizes.find((size) => fitsAt(family, org, seed, size, budget)) ?? 6;
  return drawTasks(family, org, { seed, size, fits: (task) => estimateTokens(promptOf(task)) <= budget || size === 6 });
}

/** Whether the first tasks of this size are within the budget. */
function fitsAt(family: AnyFamily, org: Org, seed: number, size: number, budget: number): boolean {
  let left = 5;
  for (const task of drawTasks(family, org, { seed, size })) {
    if (estimateTokens(promptOf(task)) > budget) return false;
    if (--left === 0) break;
  }
  return true;
}

const promptOf = (task: CrmTask) =>
  `${roleOf(task.family)}\n\nRecords:\n${recordsText(task)}\n\nQuestion: ${questionOf(task)}\n\nWrite the answer as <respond> answer </respond>.`;

function toSample(task: CrmTask, { level, mode, turns }: CrmSetting): CrmSample {
  const { family, index, gold } = task;
  const { score, points } = scoringOf(task);
  const shared = {
    ...{ id: `${family.name}-${index + 1}`, family: family.name, reference: gold.answers.join(', ') },
    ...{ gold: gold.answers, score, points },
  };
  if (mode === 'context') {
    const prompt = promptOf(task);
    return { ...shared, prompt, messages: [{ role: 'user', content: prompt }], maxTokens: answerTokens };
  }
  const system = `${roleOf(family)}\n\n${schemaText(level === 3 ? family : undefined)}`;
  const prompt = turns === 'multi' ? task.wording.question : questionOf(task);
  return {
    ...{ ...shared, prompt, maxTokens: actionTokens },
    messages: [
      { role: 'system', content: `${system}\n\n${wireWords.text}` },
      { role: 'user', content: prompt },
    ],
    agent: { system, details: turns === 'multi' ? task.wording.details : [] },
  };
}

function scoringOf({ family, gold, params }: CrmTask): { score: ScoreKind; points: readonly string[] } {
  if (family.answer === 'text') return { score: 'fuzzy', points: [] };
  if (family.answer !== 'refusal') return { score: 'exact', points: [] };
  return (params as PrivacyParams).answer === null
    ? { score: 'refusal', points: [] }
    : { score: 'contained', points: gold.answers };
}
