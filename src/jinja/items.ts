/** `value.name` and `value[index]`, as Jinja2 looks them up: the one, and then the other. */
import { spendOn } from './budget.ts';
import { refuse } from './error.ts';
import { attributeOf } from './methods.ts';
import { representation } from './print.ts';
import type { Run } from './run.ts';
import { failIfUndefined, isDict, iterate, keyOf, Tuple, typeName, Undefined, type Value } from './values.ts';

/** `value[index]`, else the attribute of that name, else an undefined value that says what was missing. */
export function itemOf(value: Value, index: Value, run: Run): Value {
  failIfUndefined(value);
  if (typeof value === 'string') spendOn(value);
  let found = directItem(value, index);
  if (found === undefined && typeof index === 'string') found = attributeOf(value, index, run);
  return found === undefined ? missing(value, index) : found;
}

/** `value.name`: the attribute, else the item. */
export function memberOf(value: Value, name: string, run: Run): Value {
  failIfUndefined(value);
  let found = attributeOf(value, name, run);
  if (found === undefined) found = directItem(value, name);
  return found === undefined ? missing(value, name) : found;
}

const missing = (value: Value, name: Value): Undefined =>
  new Undefined(`${typeName(value)} has no ${representation(name)}, so what was asked of it`);

function directItem(value: Value, index: Value): Value | undefined {
  if (isDict(value)) return Array.isArray(index) || isDict(index) ? undefined : value.get(keyOf(index));
  if (typeof index === 'boolean') return directItem(value, Number(index));
  if (typeof index !== 'number') return undefined;
  if (typeof value === 'string') return characterAt(value, index);
  if (Array.isArray(value)) return value.at(index);
  return value instanceof Tuple ? value.items.at(index) : undefined;
}

/** Without taking a long text apart where it has no surrogates. */
function characterAt(text: string, index: number): string | undefined {
  if (!/[\ud800-\udfff]/.test(text)) return text.at(index);
  return [...text].at(index);
}

/** Python's `value[from:to:step]`. */
export function sliceOf(value: Value, from: Value, to: Value, step: Value): Value {
  failIfUndefined(value);
  if (typeof value !== 'string' && !Array.isArray(value) && !(value instanceof Tuple))
    return refuse(`${typeName(value)} cannot be sliced`);
  spendOn(value);
  const list = iterate(value);
  const stride = bound(step, 1);
  if (stride === 0) return refuse('slice step cannot be zero');
  const place = (given: Value, fallback: number): number => {
    if (given === null) return fallback;
    const index = bound(given, 0);
    const least = stride > 0 ? 0 : -1;
    const most = stride > 0 ? list.length : list.length - 1;
    return Math.min(most, Math.max(least, index < 0 ? index + list.length : index));
  };
  const start = place(from, stride > 0 ? 0 : list.length - 1);
  const end = place(to, stride > 0 ? list.length : -1);
  const kept: Value[] = [];
  for (let at = start; stride > 0 ? at < end : at > end; at += stride) kept.push(list[at] as Value);
  if (typeof value === 'string') return kept.join('');
  return value instanceof Tuple ? new Tuple(kept) : kept;
}

function bound(value: Value, fallback: number): number {
  if (value === null) return fallback;
  if (typeof value === 'boolean') return Number(value);
  failIfUndefined(value);
  return typeof value === 'number' ? value : refuse('slice indices must be integers or None');
}
