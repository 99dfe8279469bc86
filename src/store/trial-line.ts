import type { Trial, Turn } from '../core/index.ts';
import { isObject } from './is-object.ts';

/** The trial in a journal's line, or why it holds none. */
export function parseTrial(bytes: Buffer): { trial: Trial } | { problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    return { problem: 'no JSON' };
  }
  const problem = problemOf(value);
  return problem === undefined ? { trial: upgraded(value as Trial | TrialOfSchema1) } : { problem };
}

/** What journals held before turns had a start: calls followed each other without a gap on record. */
type TrialOfSchema1 = Omit<Trial, 'schema' | 'turns'> & { schema: 1; turns: Omit<Turn, 'start'>[] };

function upgraded(trial: Trial | TrialOfSchema1): Trial {
  if (trial.schema === 2) return trial;
  let start = 0;
  const turns = trial.turns.map((turn) => {
    const started = { ...turn, start };
    start += turn.end;
    return started;
  });
  return { ...trial, schema: 2, turns };
}

const statuses: readonly unknown[] = ['ok', 'failed', 'unsupported'];

/** Checks what readers lean on: a damaged line must not surface as an error far away. */
function problemOf(value: unknown): string | undefined {
  if (!isObject(value)) return 'no object';
  if (value.schema !== 1 && value.schema !== 2) return `schema ${String(value.schema)} is not known`;
  const { key, sample, ended_at, status, cell, turns, actions = [], counters, scores, answer } = value;
  if ([key, sample, ended_at].some((field) => typeof field !== 'string')) return 'key, sample or ended_at is missing';
  if (!statuses.includes(status)) return `status ${String(status)} is not known`;
  if (!isObject(cell) || typeof cell.benchmark !== 'string' || typeof cell.policy_name !== 'string') return 'no cell';
  if (!Array.isArray(turns) || !turns.every(isObject)) return 'no turns';
  if (!Array.isArray(actions) || !actions.every(isObject)) return 'actions that are none';
  if (!isObject(counters) || !isObject(counters.sums) || !isObject(counters.tallies) || !Array.isArray(counters.calls))
    return 'no counters';
  if (!isObject(scores)) return 'no scores';
  if (status === 'ok' && !(isObject(answer) && typeof answer.text === 'string')) return 'no answer';
  return undefined;
}
