/** What several metrics read off a trial's turns. Times are milliseconds. */
import type { Trial, Turn } from '../core/index.ts';

export const total = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0);

/** Sum over the turns, or undefined where a turn lacks the field or there is no turn. */
export function sumOf(trial: Trial, field: (turn: Turn) => number | undefined): number | undefined {
  const values = trial.turns.map(field);
  return values.length === 0 || values.includes(undefined) ? undefined : total(values as number[]);
}

/** From the trial's first intended send to the end of its last call: calls that overlap count once. */
export function generationTime({ turns }: Trial): number | undefined {
  const ends = turns.map(({ start, end }) => start + end);
  return ends.length === 0 ? undefined : ends.reduce((last, end) => Math.max(last, end));
}

/** Milliseconds in which at least one call was under way, from its send to its end. */
export function busyTime({ turns }: Pick<Trial, 'turns'>): number | undefined {
  if (turns.length === 0) return undefined;
  const spans = turns.map(({ start, sent, end }) => ({ from: start + sent, to: start + end, length: end - sent }));
  spans.sort((a, b) => a.from - b.from);
  let busy = 0;
  let open = spans[0] as (typeof spans)[number];
  for (const next of spans.slice(1)) {
    if (next.from < open.to) {
      const to = Math.max(open.to, next.to);
      open = { from: open.from, to, length: to - open.from };
    } else {
      busy += open.length;
      open = next;
    }
  }
  return busy + open.length;
}

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
