/** A server may say the API key back. Nothing of it may come into a journal, nor into what is made from one. */
import type { Trial, Turn } from '../core/index.ts';
import type { FindSecrets } from './secrets.ts';

const label = '[key]';

/**
 * Puts `[key]` wherever a secret stands in an answer, in its parts (also over the border of two), in tool calls, actions,
 * errors, ids and finish reasons. Token ids of such an answer are left out: they say the key too.
 * @returns whether there was one
 */
export function scrubTrial(trial: Trial, find: FindSecrets): boolean {
  let found = false;
  for (const turn of trial.turns) {
    if (turn.texts && scrubTexts(turn.texts, turn, find)) found = true;
    if (scrubFields(turn, find)) found = true;
  }
  for (const value of [trial.answer, trial.error, trial.actions, trial.counters.calls])
    if (scrubFields(value, find)) found = true;
  if (found) for (const turn of trial.turns) delete turn.ids;
  return found;
}

/** The parts as they came, then those of each kind: between two pieces of an answer may be one of reasoning. */
function scrubTexts(texts: string[], { reasoning = [], tool_parts = [] }: Turn, find: FindSecrets): boolean {
  const all = texts.map((_, i) => i);
  const orders = [all];
  if (reasoning.length + tool_parts.length > 0) {
    const aside = new Set([...reasoning, ...tool_parts]);
    orders.push(
      all.filter((i) => !aside.has(i)),
      reasoning,
      tool_parts,
    );
  }
  return orders.map((order) => scrubInOrder(texts, order, find)).includes(true);
}

function scrubInOrder(texts: string[], order: readonly number[], find: FindSecrets): boolean {
  const spans = find(order.map((i) => texts[i]).join(''));
  if (spans.length === 0) return false;
  let start = 0;
  for (const i of order) {
    const text = texts[i]!;
    const end = start + text.length;
    let clean = '';
    let done = start;
    for (const [from, to] of spans) {
      if (to <= start || from >= end) continue;
      clean += text.slice(done - start, Math.max(from, start) - start) + (from >= start ? label : '');
      done = Math.min(to, end);
    }
    texts[i] = clean + text.slice(done - start);
    start = end;
  }
  return true;
}

/** Strings of an object or a list, however deep. Lists of numbers, the longest of a trial, are passed over. */
function scrubFields(value: unknown, find: FindSecrets): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value) && typeof value[0] === 'number') return false;
  const fields = value as Record<string, unknown>;
  let found = false;
  for (const name of Object.keys(fields)) {
    const field = fields[name];
    if (typeof field === 'object') {
      if (name !== 'texts' && scrubFields(field, find)) found = true;
    } else if (typeof field === 'string' && find(field).length > 0) {
      const pieces = [field];
      scrubInOrder(pieces, [0], find);
      fields[name] = pieces[0];
      found = true;
    }
  }
  return found;
}
