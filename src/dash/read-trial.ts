/** One trial of a run from its journal, beside the baseline's of the same sample and repeat. */
import { plainLines, type Scores, type TokenMarks, type Trial } from '../core/index.ts';
import { baselineName } from '../rows/index.ts';
import { readRun } from '../store/read-run.ts';
import { readScores, withRescored } from '../store/rescored.ts';
import { firstDifference } from '../ttcbench/index.ts';
import { Refusal } from './refusal.ts';

/** One text part. Times are milliseconds after the trial's start. */
export interface ShownPart {
  at: number;
  tokens: number;
  /** Null where the run keeps no texts. */
  text: string | null;
  /** Marks of its tokens, a list per kind. */
  marks: TokenMarks;
}

export interface ShownTurn {
  start: number;
  end: number;
  prompt_tokens: number;
  completion_tokens: number;
  /** At most `mostParts`. */
  parts: ShownPart[];
  /** Parts beyond those. */
  left_out: number;
}

export interface TrialText {
  key: string;
  policy_name: string;
  status: Trial['status'];
  answer: string | null;
  error: string | null;
  scores: Scores;
  turns: ShownTurn[];
  counters: Record<string, number>;
}

export interface TrialPage {
  benchmark: string;
  sample: string;
  repeat: number;
  prompt: string;
  reference: string;
  trial: TrialText;
  /** Null where the trial is the baseline's, and where that was not played. */
  baseline: TrialText | null;
  /** First character that differs from the baseline's answer, from 0; null where nothing differs or can be compared. */
  difference: number | null;
}

const mostParts = 2000;

/** Reads journals until the trial is found. @throws Refusal 404 */
export function readTrial(folder: string, key: string): TrialPage {
  const read = readRun(folder);
  let baseline: Trial | undefined;
  for (const trial of read.trials()) {
    if (trial.cell.policy_name === baselineName) baseline = trial;
    if (trial.key !== key) continue;
    return trialPage(folder, trial, baseline && isBeside(baseline, trial) ? baseline : undefined, read.samples);
  }
  throw new Refusal(404, 'key: the run has no such trial');
}

const isBeside = (a: Trial, b: Trial) =>
  a.key !== b.key && a.sample === b.sample && a.repeat === b.repeat && a.cell.benchmark === b.cell.benchmark;

function trialPage(
  folder: string,
  played: Trial,
  base: Trial | undefined,
  samples: ReturnType<typeof readRun>['samples'],
): TrialPage {
  const scores = readScores(folder);
  const trial = textOf(withRescored(played, scores));
  const baseline = base ? textOf(withRescored(base, scores)) : null;
  const { benchmark } = played.cell;
  const sample = samples.find((one) => one.benchmark === benchmark && one.id === played.sample);
  const areTwo = trial.answer !== null && baseline !== null && baseline.answer !== null;
  return {
    ...{ benchmark, sample: played.sample, repeat: played.repeat, trial, baseline },
    ...{ prompt: plainLines(sample?.prompt ?? ''), reference: plainLines(sample?.reference ?? '') },
    difference: areTwo ? firstDifference(trial.answer as string, baseline?.answer as string) : null,
  };
}

function textOf({ key, cell, status, answer, error, scores, turns, counters }: Trial): TrialText {
  return {
    ...{ key, policy_name: cell.policy_name, status, scores, counters: { ...counters.sums } },
    answer: answer ? plainLines(answer.text) : null,
    error: error ? plainLines(`${error.code}: ${error.message}`) : null,
    turns: turns.map(turnOf),
  };
}

function turnOf({
  start,
  end,
  at,
  tokens,
  texts,
  marks,
  prompt_tokens,
  completion_tokens,
}: Trial['turns'][number]): ShownTurn {
  let first = 0;
  const parts = at.slice(0, mostParts).map((time, i): ShownPart => {
    const count = tokens[i] ?? 0;
    const own = Object.entries(marks ?? {}).map(([kind, list]) => [kind, list.slice(first, first + count)] as const);
    first += count;
    return {
      ...{ at: start + time, tokens: count },
      text: texts?.[i] === undefined ? null : plainLines(texts[i]),
      marks: Object.fromEntries(own.filter(([, list]) => list.some((value) => value !== null))),
    };
  });
  const left_out = Math.max(0, at.length - mostParts);
  return { start, end: start + end, prompt_tokens, completion_tokens, parts, left_out };
}
