/** Jinja2's tests: `value is name`. */
import { refuse } from './error.ts';
import { compareBy, contains } from './operators.ts';
import { textOf } from './print.ts';
import type { Test } from './run.ts';
import { Float, isDict, isNative, isNumber, numberOf, Tuple, Undefined, type Value } from './values.ts';

const isSequence = (value: Value): boolean =>
  typeof value === 'string' || Array.isArray(value) || value instanceof Tuple || isDict(value);

const by =
  (operator: string): Test =>
  (value, [other = null]) =>
    compareBy(operator, value, other);

const whole = (value: Value): number =>
  isNumber(value) ? numberOf(value) : refuse('only numbers are even, odd or divisible');

export const tests: Readonly<Record<string, Test>> = {
  boolean: (value) => typeof value === 'boolean',
  callable: (value) => typeof value === 'function' || (isNative(value) && value.call !== undefined),
  defined: (value) => !(value instanceof Undefined),
  divisibleby: (value, [other = 1]) => whole(value) % whole(other) === 0,
  eq: by('=='),
  even: (value) => Math.abs(whole(value) % 2) === 0,
  false: (value) => value === false,
  filter: (value, _, run) => typeof value === 'string' && run.hasFilter(value),
  float: (value) => value instanceof Float,
  ge: by('>='),
  gt: by('>'),
  in: (value, [collection = null]) => contains(collection, value),
  integer: (value) => typeof value === 'number',
  iterable: (value) => isSequence(value) || value instanceof Undefined,
  le: by('<='),
  lower: (value) => textOf(value) !== textOf(value).toUpperCase() && textOf(value) === textOf(value).toLowerCase(),
  lt: by('<'),
  mapping: (value) => isDict(value),
  ne: by('!='),
  none: (value) => value === null,
  number: (value) => isNumber(value),
  odd: (value) => Math.abs(whole(value) % 2) === 1,
  sameas: (value, [other = null]) => value === other,
  sequence: (value) => isSequence(value) || value instanceof Undefined,
  string: (value) => typeof value === 'string',
  test: (value, _, run) => typeof value === 'string' && run.hasTest(value),
  true: (value) => value === true,
  undefined: (value) => value instanceof Undefined,
  upper: (value) => textOf(value) !== textOf(value).toLowerCase() && textOf(value) === textOf(value).toUpperCase(),
};

/** Second names of tests. */
export const testAliases: Readonly<Record<string, string>> = {
  '==': 'eq',
  equalto: 'eq',
  '>=': 'ge',
  '>': 'gt',
  greaterthan: 'gt',
  '<=': 'le',
  '<': 'lt',
  lessthan: 'lt',
  '!=': 'ne',
};
