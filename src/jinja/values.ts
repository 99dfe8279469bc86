/**
 * Python's values in JavaScript. A number is an `int`; a `float` is a `Float`, because 1 and 1.0 print differently.
 * A list is an array, a dict is a Map (both keep their order), None is null.
 */
import { spend } from './budget.ts';
import { refuse } from './error.ts';

/** A Python float. */
export class Float {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** A Python tuple; `names` are those of a named tuple's fields. */
export class Tuple {
  readonly items: readonly Value[];
  readonly names: readonly string[];
  constructor(items: readonly Value[], names: readonly string[] = []) {
    this.items = items;
    this.names = names;
  }
}

/** What a missing variable, attribute or item gives: prints as nothing, is false, and refuses most other uses. */
export class Undefined {
  readonly hint: string;
  constructor(hint: string) {
    this.hint = hint;
  }
}

/** An object of the template language itself: a namespace, the loop, a macro. */
export interface Native {
  readonly native: string;
  get(name: string): Value | undefined;
  set?(name: string, value: Value): void;
  call?: Callable;
}

export type Callable = (args: readonly Value[], named: ReadonlyMap<string, Value>) => Value;
export type Dict = Map<Value, Value>;
export type Value = null | boolean | number | string | Float | Tuple | Undefined | Native | Callable | Value[] | Dict;

export const isDict = (value: Value): value is Dict => value instanceof Map;
export const isNative = (value: Value): value is Native =>
  typeof value === 'object' && value !== null && 'native' in value;
export const isNumber = (value: Value): value is number | Float | boolean =>
  typeof value === 'number' || typeof value === 'boolean' || value instanceof Float;

/** An int, a float or a bool as a number of JavaScript. */
export const numberOf = (value: number | Float | boolean): number =>
  value instanceof Float ? value.value : Number(value);

/**
 * Plain data as template values: objects become dicts, whole numbers ints, other numbers floats.
 * @throws JinjaError for data that no template can hold, such as a symbol
 */
export function toValue(data: unknown): Value {
  if (data === null || data === undefined) return null;
  if (typeof data === 'string' || typeof data === 'boolean') return data;
  if (typeof data === 'number') return Number.isSafeInteger(data) ? data : new Float(data);
  if (typeof data === 'function') return data as Callable;
  if (data instanceof Float || data instanceof Tuple || data instanceof Map) return data;
  if (Array.isArray(data)) return data.map(toValue);
  if (typeof data === 'object') {
    const entries = Object.entries(data).filter(([, value]) => value !== undefined);
    return new Map(entries.map(([key, value]): [Value, Value] => [key, toValue(value)]));
  }
  return refuse(`a ${typeof data} is no value of a template`);
}

/** Python's name of a value's type. */
export function typeName(value: Value): string {
  if (value === null) return 'NoneType';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return 'int';
  if (typeof value === 'string') return 'str';
  if (value instanceof Float) return 'float';
  if (value instanceof Tuple) return 'tuple';
  if (value instanceof Undefined) return 'Undefined';
  if (Array.isArray(value)) return 'list';
  if (isDict(value)) return 'dict';
  return typeof value === 'function' ? 'function' : value.native;
}

/** Stops at an undefined value, with what was missing. */
export function failIfUndefined(value: Value): void {
  if (value instanceof Undefined) refuse(`${value.hint} is undefined`);
}

export function isTrue(value: Value): boolean {
  if (value === null || value instanceof Undefined) return false;
  if (isNumber(value)) return numberOf(value) !== 0;
  if (typeof value === 'string') return value !== '';
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Tuple) return value.items.length > 0;
  return isDict(value) ? value.size > 0 : true;
}

/** Python's `==`: 1 equals 1.0 and True; lists and dicts by what they hold. */
export function equals(a: Value, b: Value): boolean {
  spend();
  if (isNumber(a) && isNumber(b)) return numberOf(a) === numberOf(b);
  if (a instanceof Undefined) return b instanceof Undefined;
  if (Array.isArray(a) && Array.isArray(b)) return equalLists(a, b);
  if (a instanceof Tuple && b instanceof Tuple) return equalLists(a.items, b.items);
  if (isDict(a) && isDict(b))
    return a.size === b.size && [...a].every(([key, value]) => b.has(key) && equals(value, b.get(key) as Value));
  return a === b;
}

const equalLists = (a: readonly Value[], b: readonly Value[]): boolean =>
  a.length === b.length && a.every((item, index) => equals(item, b[index] as Value));

/** Order of two values: negative, 0 or positive. @throws JinjaError where Python has no order for them */
export function compare(a: Value, b: Value): number {
  spend();
  failIfUndefined(a);
  failIfUndefined(b);
  if (isNumber(a) && isNumber(b)) return numberOf(a) - numberOf(b);
  if (typeof a === 'string' && typeof b === 'string') return compareStrings(a, b);
  const lists = [itemsOf(a), itemsOf(b)] as const;
  if (lists[0] && lists[1] && typeName(a) === typeName(b)) {
    for (const [index, item] of lists[0].entries()) {
      const other = lists[1][index];
      if (other === undefined) return 1;
      if (!equals(item, other)) return compare(item, other);
    }
    return lists[0].length - lists[1].length;
  }
  return refuse(`'<' not supported between ${typeName(a)} and ${typeName(b)}`);
}

const itemsOf = (value: Value): readonly Value[] | undefined =>
  Array.isArray(value) ? value : value instanceof Tuple ? value.items : undefined;

/** By code points, as Python: UTF-16 units would put U+FFFD after an emoji. */
function compareStrings(a: string, b: string): number {
  if (a === b) return 0;
  const [left, right] = [[...a], [...b]];
  for (let i = 0; i < left.length && i < right.length; i++) {
    const difference = (left[i] as string).codePointAt(0)! - (right[i] as string).codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** What a loop over the value goes through. A string gives its characters, a dict its keys. */
export function iterate(value: Value): readonly Value[] {
  if (Array.isArray(value)) return value;
  if (value instanceof Tuple) return value.items;
  if (typeof value === 'string') return [...value];
  if (isDict(value)) return [...value.keys()];
  if (value instanceof Undefined) return [];
  return refuse(`${typeName(value)} cannot be looped over`);
}

/** `len(value)`; a string counts code points. */
export function lengthOf(value: Value): number {
  if (isDict(value)) return value.size;
  if (typeof value === 'string' || Array.isArray(value) || value instanceof Tuple || value instanceof Undefined)
    return iterate(value).length;
  return refuse(`${typeName(value)} has no length`);
}

/** A key as a dict holds it: a whole float finds the int. @throws JinjaError for lists and dicts */
export function keyOf(value: Value): Value {
  if (value instanceof Float) return Number.isInteger(value.value) ? value.value : value;
  if (Array.isArray(value) || isDict(value)) return refuse(`a ${typeName(value)} cannot be a key`);
  return value;
}
