/** Jinja2's filters on sequences. */
import { refuse } from './error.ts';
import { itemOf } from './items.ts';
import { binary } from './operators.ts';
import { textOf } from './print.ts';
import { bind, type Filter, type Named, type Run } from './run.ts';
import {
  compare,
  type Dict,
  equals,
  failIfUndefined,
  isDict,
  isNumber,
  isTrue,
  iterate,
  numberOf,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from './values.ts';

const items = (value: Value, run: Run): readonly Value[] => {
  const list = iterate(value);
  run.budget.step(list.length);
  return list;
};

/** What an `attribute=` names: `a.b.0`. */
function pathOf(attribute: Value, run: Run): (value: Value) => Value {
  if (typeof attribute === 'number') return (value) => itemOf(value, attribute, run);
  const steps = textOf(attribute)
    .split('.')
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step));
  return (value) => steps.reduce((inner: Value, step) => itemOf(inner, step, run), value);
}

const ignoreCase = (value: Value): Value => (typeof value === 'string' ? value.toLowerCase() : value);

/** The value that sorting, grouping and uniqueness look at. */
function keyFunction(attribute: Value | undefined, sensitive: Value | undefined, run: Run): (value: Value) => Value {
  const path = attribute === undefined || attribute === null ? (value: Value) => value : pathOf(attribute, run);
  return isTrue(sensitive ?? false) ? path : (value) => ignoreCase(path(value));
}

/** A stable sort. */
function sorted(list: readonly Value[], key: (value: Value) => Value, reverse: boolean): Value[] {
  const pairs = list.map((value) => ({ value, key: key(value) }));
  pairs.sort((a, b) => (reverse ? compare(b.key, a.key) : compare(a.key, b.key)));
  return pairs.map(({ value }) => value);
}

const sort: Filter = (value, args, named, run) => {
  const [reverse, sensitive, attribute] = bind('sort', ['reverse', 'case_sensitive', 'attribute'], args, named);
  return sorted(items(value, run), keyFunction(attribute, sensitive, run), isTrue(reverse ?? false));
};

const dictsort: Filter = (value, args, named, run) => {
  const [sensitive, by = 'key', reverse] = bind('dictsort', ['case_sensitive', 'by', 'reverse'], args, named);
  if (!isDict(value)) return refuse(`dictsort takes a dict, not ${typeName(value)}`);
  const key = keyFunction(by === 'value' ? 1 : 0, sensitive, run);
  return sorted(
    [...value].map((pair) => new Tuple(pair)),
    key,
    isTrue(reverse ?? false),
  );
};

const extreme =
  (what: string, wins: (difference: number) => boolean): Filter =>
  (value, args, named, run) => {
    const [sensitive, attribute] = bind(what, ['case_sensitive', 'attribute'], args, named);
    const key = keyFunction(attribute, sensitive, run);
    const list = items(value, run);
    if (list.length === 0) return new Undefined(`the ${what} of an empty sequence`);
    return list.reduce((best, item) => (wins(compare(key(item), key(best))) ? item : best));
  };

const unique: Filter = (value, args, named, run) => {
  const [sensitive, attribute] = bind('unique', ['case_sensitive', 'attribute'], args, named);
  const key = keyFunction(attribute, sensitive, run);
  const seen: Value[] = [];
  return items(value, run).filter((item) => {
    const own = key(item);
    run.budget.step(seen.length);
    if (seen.some((other) => equals(other, own))) return false;
    seen.push(own);
    return true;
  });
};

const groupby: Filter = (value, args, named, run) => {
  const [attribute, fallback, sensitive] = bind('groupby', ['attribute', 'default', 'case_sensitive'], args, named);
  const path = pathOf(attribute ?? refuse('groupby needs an attribute'), run);
  const own = (item: Value) => {
    const found = path(item);
    return found instanceof Undefined && fallback !== undefined ? fallback : found;
  };
  const key = (item: Value) => (isTrue(sensitive ?? false) ? own(item) : ignoreCase(own(item)));
  const groups: { key: Value; list: Value[] }[] = [];
  for (const item of sorted(items(value, run), key, false)) {
    const last = groups.at(-1);
    if (last && equals(last.key, key(item))) last.list.push(item);
    else groups.push({ key: key(item), list: [item] });
  }
  return groups.map(({ list }) => new Tuple([own(list[0] as Value), list], ['grouper', 'list']));
};

const map: Filter = (value, args, named, run) => {
  const list = items(value, run);
  if (args.length === 0 && named.has('attribute')) {
    const path = pathOf(named.get('attribute') as Value, run);
    const fallback = named.get('default');
    return list.map((item) => {
      const found = path(item);
      return found instanceof Undefined && fallback !== undefined ? fallback : found;
    });
  }
  const [name, ...rest] = args;
  if (name === undefined) return refuse('map requires a filter argument');
  return list.map((item) => run.filter(textOf(name), item, rest, named));
};

/** @param keeps whether an item that passes stays @param byAttribute the first argument names what is tested */
const selecting =
  (keeps: boolean, byAttribute: boolean): Filter =>
  (value, args, named, run) => {
    const [first, ...rest] = args;
    if (byAttribute && first === undefined) return refuse('an attribute is needed');
    const path = byAttribute ? pathOf(first as Value, run) : (item: Value) => item;
    const [test, ...others] = byAttribute ? rest : args;
    const passes = (item: Value) =>
      test === undefined ? isTrue(path(item)) : run.test(textOf(test), path(item), others, named);
    return items(value, run).filter((item) => passes(item) === keeps);
  };

const join: Filter = (value, args, named, run) => {
  const [separator = '', attribute] = bind('join', ['d', 'attribute'], args, named);
  const path = attribute === undefined || attribute === null ? (item: Value) => item : pathOf(attribute, run);
  const texts = items(value, run).map((item) => textOf(path(item)));
  const between = textOf(separator);
  run.budget.text(texts.reduce((sum, item) => sum + item.length + between.length, 0));
  return texts.join(between);
};

const batch: Filter = (value, args, named, run) => {
  const [size, fill] = bind('batch', ['linecount', 'fill_with'], args, named);
  const length = isNumber(size ?? null) ? numberOf(size as number) : 0;
  if (!(length >= 1)) return refuse('batch needs a length of at least 1');
  const list = items(value, run);
  const rows: Value[][] = [];
  for (let at = 0; at < list.length; at += length) rows.push(list.slice(at, at + length));
  const last = rows.at(-1);
  if (last && fill !== undefined && fill !== null) {
    run.budget.step(length);
    while (last.length < length) last.push(fill);
  }
  return rows;
};

const orUndefined = (value: Value | undefined, hint: string): Value =>
  value === undefined ? new Undefined(hint) : value;

const sum: Filter = (value, args, named, run) => {
  const [attribute, start = 0] = bind('sum', ['attribute', 'start'], args, named);
  const path = attribute === undefined || attribute === null ? (item: Value) => item : pathOf(attribute, run);
  return items(value, run).reduce((total: Value, item) => binary('+', total, path(item), run.budget), start);
};

const pairs: Filter = (value) => {
  if (value instanceof Undefined) return [];
  if (!isDict(value)) return refuse('Can only get item pairs from a mapping.');
  return [...(value as Dict)].map((pair) => new Tuple(pair));
};

export const sequenceFilters: Readonly<Record<string, Filter>> = {
  batch,
  dictsort,
  first: (value, _args, _named: Named, run) => orUndefined(items(value, run)[0], 'the first item of nothing'),
  groupby,
  items: pairs,
  join,
  last: (value, _args, _named, run) => orUndefined(items(value, run).at(-1), 'the last item of nothing'),
  list: (value, _args, _named, run) => [...items(value, run)],
  map,
  max: extreme('max', (difference) => difference > 0),
  min: extreme('min', (difference) => difference < 0),
  reject: selecting(false, false),
  rejectattr: selecting(false, true),
  reverse: (value, _args, _named, run) => {
    failIfUndefined(value);
    const turned = [...items(value, run)].reverse();
    return typeof value === 'string' ? turned.map(textOf).join('') : turned;
  },
  select: selecting(true, false),
  selectattr: selecting(true, true),
  sort,
  sum,
  unique,
};
