/** What several metrics read off a trial's turns. Times are milliseconds after the intended send. */
import type { Trial, Turn } from '../core/index.ts';

export const total = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0);

/** Sum over the turns, or undefined where a turn lacks the field or there is no turn. */
export function sumOf(trial: Trial, field: (turn: Turn) => number | undefined): number | undefined {
  const values = trial.turns.map(field);
  return values.length === 0 || values.includes(undefined) ? undefined : total(values as number[]);
}

export const generationTime = (trial: Trial) => sumOf(trial, (turn) => turn.end);
export const completionTokens = (trial: Trial) => sumOf(trial, (turn) => turn.completion_tokens);

export const promptTokens = (trial: Trial) => sumOf(trial, (turn) => turn.prompt_tokens);

export function totalTokens(trial: Trial): number | undefined {
  const [prompt, completion] = [promptTokens(trial), completionTokens(trial)];
  return prompt === undefined || completion === undefined ? undefined : prompt + completion;
}

/** Ids of all turns, or undefined where the source of one did not know them. */
export function tokenIds(trial: Trial): number[][] | undefined {
  const ids = trial.turns.map((turn) => turn.ids ?? (turn.completion_tokens === 0 ? [] : undefined));
  return ids.length === 0 || ids.includes(undefined) ? undefined : (ids as number[][]);
}

/** A ratio, or undefined where it has no meaning. */
export const ratio = (part: number | undefined, whole: number | undefined) =>
  part === undefined || whole === undefined || whole === 0 ? undefined : part / whole;

/** Sum of a server-side timing over the calls that ended well, where the server gives it for all of them. */
export function serverTime(trial: Trial, name: 'queue' | 'prompt' | 'completion'): number | undefined {
  const times = trial.counters.calls.filter((call) => call.outcome === 'ok').map((call) => call.server?.[name]);
  return times.length === 0 || times.includes(undefined) ? undefined : total(times as number[]);
}
