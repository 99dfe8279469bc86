/** Jinja2's filters on one value; those on sequences are in `sequence-filters.ts`. */
import { refuse } from './error.ts';
import { formatPercent } from './format.ts';
import { attributeOf } from './methods.ts';
import { jsonText, textOf } from './print.ts';
import { stripEnd, stripStart } from './python-space.ts';
import { bind, type Filter } from './run.ts';
import { sequenceFilters } from './sequence-filters.ts';
import { capitalise, replace, splitLines, stringMethods } from './string-methods.ts';
import {
  Float,
  failIfUndefined,
  isDict,
  isNumber,
  isTrue,
  lengthOf,
  numberOf,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from './values.ts';

const count = (value: Value | undefined, fallback: number): number =>
  value === undefined || value === null ? fallback : isNumber(value) ? numberOf(value) : refuse('an int is needed');

const text =
  (change: (text: string) => Value): Filter =>
  (value) =>
    change(textOf(value));

/** Words begin after white space, `-` and opening brackets: other than `str.title()`. */
const title = (given: string): string =>
  given
    .split(/([-\s({[<]+)/)
    .map((part) => {
      const [first = '', ...rest] = [...part];
      return first.toUpperCase() + rest.join('').toLowerCase();
    })
    .join('');

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  "'": '&#39;',
  '"': '&#34;',
};
const escapeHtml = text((given) => given.replace(/[&<>'"]/g, (character) => entities[character] as string));

const indent: Filter = (value, args, named, run) => {
  const [width, first, blank] = bind('indent', ['width', 'first', 'blank'], args, named);
  const space = typeof width === 'string' ? width : ' '.repeat(Math.min(10_000, Math.max(0, count(width, 4))));
  const lines = splitLines(`${textOf(value)}\n`);
  run.budget.text(space.length * lines.length);
  const inner = (line: string) => (line !== '' || isTrue(blank ?? false) ? space + line : line);
  const [head = '', ...rest] = lines;
  return [isTrue(first ?? false) ? space + head : head, ...rest.map(inner)].join('\n');
};

const round: Filter = (value, args, named) => {
  const [given, method = 'common'] = bind('round', ['precision', 'method'], args, named);
  failIfUndefined(value);
  const number = isNumber(value) ? numberOf(value) : refuse(`${typeName(value)} cannot be rounded`);
  const precision = count(given, 0);
  const scale = 10 ** precision;
  if (method === 'ceil') return new Float(Math.ceil(number * scale) / scale);
  if (method === 'floor') return new Float(Math.floor(number * scale) / scale);
  if (method !== 'common') return refuse('method must be common, ceil or floor');
  const rounded = roundHalfEven(number, precision);
  return value instanceof Float ? new Float(rounded) : rounded;
};

/** Python's `round`: halves that a double can hold go to the even neighbour. */
function roundHalfEven(value: number, precision: number): number {
  if (precision < 0 || precision > 100) return Math.round(value * 10 ** precision) / 10 ** precision;
  const scaled = value * 10 ** precision;
  const isHalf = Math.abs(scaled % 1) === 0.5 && scaled / 10 ** precision === value && precision === 0;
  if (isHalf) return 2 * Math.round(scaled / 2);
  return Number(value.toFixed(precision));
}

const toInt: Filter = (value, args, named) => {
  const [fallback = 0, base = 10] = bind('int', ['default', 'base'], args, named);
  failIfUndefined(value);
  if (isNumber(value)) return Number.isFinite(numberOf(value)) ? Math.trunc(numberOf(value)) : fallback;
  if (typeof value !== 'string') return fallback;
  const trimmed = stripStart(stripEnd(value)).replaceAll(/(?<=\d)_(?=\d)/g, '');
  if (base !== 10) {
    const digits = trimmed.replace(/^([-+]?)0[xob]/i, '$1');
    const number = Number.parseInt(digits, count(base, 10));
    return Number.isNaN(number) ? fallback : number;
  }
  if (/^[-+]?\d+$/.test(trimmed)) return Number(trimmed);
  return isDecimal(trimmed) ? Math.trunc(Number(trimmed)) : fallback;
};

const isDecimal = (given: string): boolean => /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(given);

const toFloat: Filter = (value, args, named) => {
  const [fallback = new Float(0)] = bind('float', ['default'], args, named);
  failIfUndefined(value);
  if (isNumber(value)) return new Float(numberOf(value));
  if (typeof value !== 'string') return fallback;
  const trimmed = stripStart(stripEnd(value));
  return isDecimal(trimmed) ? new Float(Number(trimmed)) : fallback;
};

/** As Transformers has it: `json.dumps` without ASCII escapes, not Jinja2's own, which escapes HTML. */
const toJson: Filter = (value, args, named, run) => {
  const names = ['ensure_ascii', 'indent', 'separators', 'sort_keys'];
  const [ascii, indentation, separators, sorted] = bind('tojson', names, args, named);
  const spaced = indentation !== undefined && indentation !== null;
  const pair = separators instanceof Tuple || Array.isArray(separators) ? separators : undefined;
  const [item, key] = pair ? (pair instanceof Tuple ? pair.items : pair).map(textOf) : [', ', ': '];
  const json = jsonText(value, {
    ascii: isTrue(ascii ?? false),
    indent: spaced
      ? typeof indentation === 'string'
        ? indentation
        : ' '.repeat(Math.min(100, count(indentation, 0)))
      : undefined,
    item: item ?? ', ',
    key: key ?? ': ',
    sorted: isTrue(sorted ?? false),
  });
  run.budget.text(json.length);
  return json;
};

const truncate: Filter = (value, args, named) => {
  const [length, kill, end, leeway] = bind('truncate', ['length', 'killwords', 'end', 'leeway'], args, named);
  const characters = [...textOf(value)];
  const limit = count(length, 255);
  const tail = end === undefined ? '...' : textOf(end);
  if (characters.length <= limit + count(leeway, 5)) return characters.join('');
  const cut = characters.slice(0, Math.max(0, limit - [...tail].length)).join('');
  if (isTrue(kill ?? false)) return cut + tail;
  const space = cut.lastIndexOf(' ');
  return (space < 0 ? cut : cut.slice(0, space)) + tail;
};

export const filters: Readonly<Record<string, Filter>> = {
  ...sequenceFilters,
  abs: (value) => {
    if (!isNumber(value)) return refuse(`bad operand type for abs(): ${typeName(value)}`);
    const size = Math.abs(numberOf(value));
    return value instanceof Float ? new Float(size) : size;
  },
  attr: (value, args, named, run) => {
    const name = textOf(bind('attr', ['name'], args, named)[0] ?? '');
    return attributeOf(value, name, run) ?? new Undefined(`${typeName(value)} has no attribute ${name}, which`);
  },
  capitalize: text(capitalise),
  center: (value, args, named, run) =>
    stringMethods.center!(textOf(value), [bind('center', ['width'], args, named)[0] ?? 80], new Map(), run),
  default: (value, args, named) => {
    const [fallback = '', falsy = false] = bind('default', ['default_value', 'boolean'], args, named);
    return value instanceof Undefined || (isTrue(falsy) && !isTrue(value)) ? fallback : value;
  },
  escape: escapeHtml,
  float: toFloat,
  format: (value, args, named, run) => {
    if (args.length > 0 && named.size > 0) return refuse('format takes positional or named arguments, not both');
    return formatPercent(textOf(value), named.size > 0 ? new Map(named) : new Tuple(args), run.budget);
  },
  indent,
  int: toInt,
  length: (value) => lengthOf(value),
  lower: text((given) => given.toLowerCase()),
  replace: (value, args, named, run) => {
    const [old, fresh, times] = bind('replace', ['old', 'new', 'count'], args, named);
    if (old === undefined || fresh === undefined) return refuse('replace needs an old and a new text');
    return replace(textOf(value), textOf(old), textOf(fresh), count(times, -1), run);
  },
  round,
  safe: text((given) => given),
  string: text((given) => given),
  title: text(title),
  tojson: toJson,
  trim: (value, args, named) => {
    const [characters] = bind('trim', ['chars'], args, named);
    const set = characters === undefined || characters === null ? undefined : textOf(characters);
    return stripStart(stripEnd(textOf(value), set), set);
  },
  truncate,
  upper: text((given) => given.toUpperCase()),
  urlencode: (value) => (isDict(value) ? refuse('urlencode takes text') : urlQuote(textOf(value))),
  wordcount: text((given) => given.match(/[\p{L}\p{N}_]+/gu)?.length ?? 0),
};

const urlQuote = (given: string): string =>
  encodeURIComponent(given)
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%2F', '/');

/** Second names of filters. */
export const filterAliases: Readonly<Record<string, string>> = { count: 'length', d: 'default', e: 'escape' };
