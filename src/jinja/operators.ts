/** Python's operators. */
import { type Budget, spendOn } from './budget.ts';
import { refuse } from './error.ts';
import { formatPercent } from './format.ts';
import {
  compare,
  equals,
  Float,
  failIfUndefined,
  isDict,
  isNumber,
  iterate,
  keyOf,
  numberOf,
  Tuple,
  typeName,
  type Value,
} from './values.ts';

/** `left operator right` for the arithmetic operators. */
export function binary(operator: string, left: Value, right: Value, budget: Budget): Value {
  failIfUndefined(left);
  failIfUndefined(right);
  if (operator === '%' && typeof left === 'string') return formatPercent(left, right, budget);
  if (isNumber(left) && isNumber(right)) {
    const isFloat = left instanceof Float || right instanceof Float;
    return arithmetic(operator, numberOf(left), numberOf(right), isFloat);
  }
  if (operator === '+') {
    if (typeof left === 'string' && typeof right === 'string') {
      budget.text(left.length + right.length);
      return left + right;
    }
    if (Array.isArray(left) && Array.isArray(right)) {
      budget.step(left.length + right.length);
      return [...left, ...right];
    }
    if (left instanceof Tuple && right instanceof Tuple) return new Tuple([...left.items, ...right.items]);
  }
  if (operator === '*') {
    if (typeof right === 'number') return repeat(left, right, budget);
    if (typeof left === 'number') return repeat(right, left, budget);
  }
  return refuse(`unsupported operand types for ${operator}: ${typeName(left)} and ${typeName(right)}`);
}

function repeat(value: Value, given: number, budget: Budget): Value {
  const count = Math.max(0, given);
  if (typeof value === 'string') {
    budget.text(value.length * count);
    return value.repeat(count);
  }
  if (Array.isArray(value)) {
    budget.step(value.length * count);
    return Array.from({ length: count }, () => value).flat();
  }
  return refuse(`can't multiply ${typeName(value)} by an int`);
}

function arithmetic(operator: string, a: number, b: number, isFloat: boolean): Value {
  const result = (value: number) => (isFloat ? new Float(value) : whole(value));
  switch (operator) {
    case '+':
      return result(a + b);
    case '-':
      return result(a - b);
    case '*':
      return result(a * b);
    case '**':
      if (a === 0 && b < 0) return refuse('zero cannot be raised to a negative power');
      return isFloat || b < 0 ? new Float(a ** b) : whole(a ** b);
  }
  if (b === 0) return refuse('division by zero');
  if (operator === '/') return new Float(a / b);
  if (operator === '//') return result(Math.floor(a / b));
  // the sign of the divisor, as Python
  const rest = a % b;
  return result(rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest);
}

/** Python's ints have no limit; beyond 2⁵³ ours would be wrong. */
function whole(value: number): number {
  if (!Number.isSafeInteger(value)) refuse('a number is too large');
  return value === 0 ? 0 : value;
}

export function unary(operator: '-' | '+', value: Value): Value {
  failIfUndefined(value);
  if (!isNumber(value)) return refuse(`bad operand type for unary ${operator}: ${typeName(value)}`);
  const number = operator === '-' ? -numberOf(value) : numberOf(value);
  return value instanceof Float ? new Float(number) : whole(number);
}

/** One comparison of a chain. */
export function compareBy(operator: string, left: Value, right: Value): boolean {
  spendOn(left);
  spendOn(right);
  switch (operator) {
    case '==':
      return equals(left, right);
    case '!=':
      return !equals(left, right);
    case 'in':
      return contains(right, left);
    case 'not in':
      return !contains(right, left);
    case '<':
      return compare(left, right) < 0;
    case '<=':
      return compare(left, right) <= 0;
    case '>':
      return compare(left, right) > 0;
    default:
      return compare(left, right) >= 0;
  }
}

/** `item in collection`. */
export function contains(collection: Value, item: Value): boolean {
  if (typeof collection === 'string') {
    failIfUndefined(item);
    if (typeof item !== 'string') return refuse(`'in <string>' needs a str, not ${typeName(item)}`);
    return collection.includes(item);
  }
  if (isDict(collection)) return collection.has(keyOf(item));
  return iterate(collection).some((member) => equals(member, item));
}
