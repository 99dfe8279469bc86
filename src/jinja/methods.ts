/** Attributes of values: methods of text, lists, dicts and numbers. Those that would change a value are refused. */
import { spendOn } from './budget.ts';
import { refuse } from './error.ts';
import { bind, type Run } from './run.ts';
import { stringMethods } from './string-methods.ts';
import { type Callable, type Dict, equals, Float, isDict, isNative, keyOf, Tuple, type Value } from './values.ts';

/** Methods that Python's sandbox for templates forbids. */
const changing = new Set([
  'append',
  'clear',
  'extend',
  'insert',
  'pop',
  'popitem',
  'remove',
  'reverse',
  'setdefault',
  'sort',
  'update',
]);

/** The attribute that Python's `getattr` finds; undefined where there is none. */
export function attributeOf(value: Value, name: string, run: Run): Value | undefined {
  if (name.startsWith('_')) return undefined;
  if (typeof value === 'string') {
    const method = Object.hasOwn(stringMethods, name) ? stringMethods[name] : undefined;
    if (!method) return undefined;
    return (args, named) => {
      for (const text of [value, ...args]) spendOn(text);
      return method(value, args, named, run);
    };
  }
  if (isDict(value)) return dictMethod(value, name);
  if (Array.isArray(value)) return listMethod(value, name, true);
  if (value instanceof Tuple) {
    const field = value.names.indexOf(name);
    return field >= 0 ? value.items[field] : listMethod(value.items, name, false);
  }
  if (value instanceof Float && name === 'is_integer') return () => Number.isInteger(value.value);
  return isNative(value) ? value.get(name) : undefined;
}

const forbidden =
  (name: string): Callable =>
  () =>
    refuse(`${name} is not allowed: a template may not change its data`);

function dictMethod(dict: Dict, name: string): Callable | undefined {
  switch (name) {
    case 'items':
      return () => [...dict].map((pair) => new Tuple(pair));
    case 'keys':
      return () => [...dict.keys()];
    case 'values':
      return () => [...dict.values()];
    case 'copy':
      return () => new Map(dict);
    case 'get':
      return (args, named) => {
        const [key, fallback] = bind('get', ['key', 'default'], args, named);
        if (key === undefined) return refuse('get needs a key');
        return dict.has(keyOf(key)) ? (dict.get(keyOf(key)) as Value) : (fallback ?? null);
      };
    default:
      return changing.has(name) && !['append', 'extend', 'insert', 'remove', 'reverse', 'sort'].includes(name)
        ? forbidden(name)
        : undefined;
  }
}

function listMethod(items: readonly Value[], name: string, isList: boolean): Callable | undefined {
  switch (name) {
    case 'count':
      return ([item]) => items.filter((other) => equals(other, item as Value)).length;
    case 'index':
      return ([item]) => {
        const at = items.findIndex((other) => equals(other, item as Value));
        return at >= 0 ? at : refuse('the value is not in the list');
      };
    case 'copy':
      return isList ? () => [...items] : undefined;
    default:
      return isList && changing.has(name) && !['popitem', 'setdefault', 'update'].includes(name)
        ? forbidden(name)
        : undefined;
  }
}
