/** One sample of a run: the answers of all policies, and where each first differs from the baseline's. */
import { didYouMean, type Failure, type Scores, type Trial, TtcError } from '../core/index.ts';
import { type ReadRun, readRun } from '../store/read-run.ts';
import { readScores, withRescored } from '../store/rescored.ts';

export interface ShownTrial {
  policy_name: string;
  repeat: number;
  status: Trial['status'];
  answer: string | null;
  scores: Scores;
  /** Milliseconds from the first intended send to the end of the last call; null where no call ended. */
  generation_time: number | null;
  error: Failure | null;
  /** Null for the baseline, and where it has no answer. */
  difference: Difference | null;
}

/** Where an answer leaves the baseline's. */
export interface Difference {
  /** Number of the first character that differs, from 0; null where the texts are equal. */
  character: number | null;
  /** Number of the first token that differs, from 0; null where the ids are equal or one side has none. */
  token: number | null;
}

export interface ShownSample {
  benchmark: string;
  sample: string;
  prompt: string;
  reference: string;
  /** The baseline first, then in the order of the plan. */
  trials: ShownTrial[];
}

const baselineName = 'baseline';

/**
 * The sample of that id in every benchmark of the run that has one.
 * @throws TtcError E_DATA where there is no run; E_ARGUMENT where it has no such sample
 */
export function showSample(path: string, id: string): ShownSample[] {
  const read = readRun(path);
  const rescored = readScores(path);
  const found = new Map<string, Trial[]>();
  for (const trial of read.trials()) {
    if (trial.sample !== id) continue;
    const { benchmark } = trial.cell;
    found.set(benchmark, [...(found.get(benchmark) ?? []), withRescored(trial, rescored)]);
  }
  const order = orderOf(read);
  const shown = [...found].map(([benchmark, trials]) => shownSample(read, benchmark, id, sorted(trials, order)));
  if (shown.length > 0) return shown;
  const known = read.samples.map((sample) => sample.id);
  throw new TtcError('E_ARGUMENT', `${path} has no trial of a sample ${JSON.stringify(id)}${didYouMean(id, known)}`, {
    help: `its samples: ${known.slice(0, 8).join(', ')}${known.length > 8 ? `, and ${known.length - 8} more` : ''}`,
  });
}

/** Policy → its place: the baseline, its second run, then as the configuration names them. */
function orderOf({ manifest }: ReadRun): (name: string) => number {
  const names = manifest?.config.policies.map(({ name, label }) => label ?? name) ?? [];
  const all = [baselineName, ...names];
  return (name) => {
    const place = all.indexOf(name);
    return place < 0 ? all.length : place;
  };
}

const sorted = (trials: readonly Trial[], place: (name: string) => number): Trial[] =>
  trials.toSorted((a, b) => place(a.cell.policy_name) - place(b.cell.policy_name) || a.repeat - b.repeat);

function shownSample({ samples }: ReadRun, benchmark: string, id: string, trials: readonly Trial[]): ShownSample {
  const { prompt = '', reference = '' } = samples.find((one) => one.benchmark === benchmark && one.id === id) ?? {};
  const baselines = new Map(
    trials.filter(({ cell }) => cell.policy_name === baselineName).map((trial) => [trial.repeat, trial]),
  );
  return {
    ...{ benchmark, sample: id, prompt, reference },
    trials: trials.map((trial) => shownTrial(trial, baselines.get(trial.repeat))),
  };
}

function shownTrial(trial: Trial, baseline: Trial | undefined): ShownTrial {
  const { cell, repeat, status, answer, scores, error, turns } = trial;
  const ends = turns.map(({ start, end }) => start + end);
  return {
    ...{ policy_name: cell.policy_name, repeat, status, scores },
    answer: answer?.text ?? null,
    generation_time: ends.length > 0 ? Math.max(...ends) : null,
    error: error ?? null,
    difference: baseline && baseline !== trial ? differenceOf(trial, baseline) : null,
  };
}

function differenceOf(trial: Trial, baseline: Trial): Difference | null {
  if (trial.answer === undefined || baseline.answer === undefined) return null;
  const [mine, theirs] = [trial.turns[0]?.ids, baseline.turns[0]?.ids];
  return {
    character: firstDifference(trial.answer.text, baseline.answer.text),
    token: mine && theirs ? firstDifference(mine, theirs) : null,
  };
}

/** Where two sequences part; null where they are equal. A prefix differs at its end. */
export function firstDifference(a: ArrayLike<unknown>, b: ArrayLike<unknown>): number | null {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) if (a[i] !== b[i]) return i;
  return a.length === b.length ? null : shorter;
}
