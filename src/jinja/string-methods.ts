/** Methods of Python's `str`. Positions and lengths count code points. */
import { refuse } from './error.ts';
import { formatBraces } from './format.ts';
import { textOf } from './print.ts';
import { isSpace, stripEnd, stripStart } from './python-space.ts';
import { bind, type Named, type Run } from './run.ts';
import { failIfUndefined, iterate, Tuple, typeName, type Value } from './values.ts';

type Method = (text: string, args: readonly Value[], named: Named, run: Run) => Value;

export const capitalise = (text: string): string => {
  const [first = '', ...rest] = [...text];
  return titleCase(first) + rest.join('').toLowerCase();
};

/** The title-case form of one character: ǆ gives ǅ, ß gives Ss. */
function titleCase(character: string): string {
  const upper = character.toUpperCase();
  const [first = '', ...rest] = [...upper];
  if (rest.length > 0) return first + rest.join('').toLowerCase();
  return 'ǄǅǆǇǈǉǊǋǌǱǲǳ'.includes(character) && character !== ''
    ? ('ǅǈǋǲ'[Math.floor('ǄǅǆǇǈǉǊǋǌǱǲǳ'.indexOf(character) / 3)] as string)
    : upper;
}

const isCased = (character: string): boolean => /\p{Cased}/u.test(character);

/** `str.title()`: a word begins at each cased character after one that is not. */
function title(text: string): string {
  let cased = false;
  let result = '';
  for (const character of text) {
    result += cased ? character.toLowerCase() : titleCase(character);
    cased = isCased(character);
  }
  return result;
}

function string(what: string, value: Value | undefined): string {
  if (value !== undefined) failIfUndefined(value);
  if (typeof value === 'string') return value;
  return refuse(`${what} needs a str, not ${value === undefined ? 'nothing' : typeName(value)}`);
}

function whole(value: Value | undefined, fallback: number): number {
  if (value === undefined || value === null) return fallback;
  if (typeof value === 'boolean') return Number(value);
  return typeof value === 'number' ? value : refuse(`an int is needed, not ${typeName(value)}`);
}

/** The set of characters of `strip(characters)`: None means white space. */
const setOf = (value: Value | undefined): string | undefined =>
  value === undefined || value === null ? undefined : string('strip', value);

const plain =
  (change: (text: string) => Value): Method =>
  (text, args) =>
    args.length > 0 ? refuse('takes no arguments') : change(text);

/** True where there are characters and each of them passes. */
const every = (pattern: RegExp): Method => plain((text) => pattern.test(text));

const affix =
  (what: string, has: (text: string, part: string) => boolean): Method =>
  (text, args) => {
    const [parts, start, end] = args;
    const area = start === undefined && end === undefined ? text : range(text, start, end).text;
    const list = parts instanceof Tuple ? parts.items : [parts];
    return list.some((part) => has(area, string(what, part)));
  };

/** The part between two positions, which may be negative, and how many code points come before it. */
function range(text: string, start: Value | undefined, end: Value | undefined) {
  if (start === undefined && end === undefined) return { from: 0, text };
  const characters = [...text];
  const place = (value: number) =>
    Math.min(characters.length, Math.max(0, value < 0 ? value + characters.length : value));
  const from = place(whole(start, 0));
  return { from, text: characters.slice(from, place(whole(end, characters.length))).join('') };
}

const finder =
  (search: (text: string, part: string) => number, strict: boolean): Method =>
  (text, args) => {
    const { from, text: area } = range(text, args[1], args[2]);
    const at = search(area, string('find', args[0]));
    if (at >= 0) return from + [...area.slice(0, at)].length;
    return strict ? refuse('substring not found') : -1;
  };

const padder =
  (pad: (space: number, fill: string, width: number) => [string, string]): Method =>
  (text, args, _, run) => {
    const width = whole(args[0], 0);
    const space = Math.max(0, width - [...text].length);
    const fill = args[1] === undefined ? ' ' : string('padding', args[1]);
    run.budget.text(space);
    const [left, right] = pad(space, fill, width);
    return left + text + right;
  };

/** Pieces between separators. @param limit how many cuts at most, −1 for all */
function split(text: string, separator: string, limit: number, fromEnd: boolean): string[] {
  if (separator === '') return refuse('empty separator');
  const parts = text.split(separator);
  if (limit < 0 || parts.length - 1 <= limit) return parts;
  return fromEnd
    ? [parts.slice(0, parts.length - limit).join(separator), ...parts.slice(parts.length - limit)]
    : [...parts.slice(0, limit), parts.slice(limit).join(separator)];
}

/** Words between runs of white space. */
function words(text: string, limit: number, fromEnd: boolean, run: Run): string[] {
  const found: string[] = [];
  let rest = fromEnd ? stripEnd(text) : stripStart(text);
  while (rest !== '' && (limit < 0 || found.length < limit)) {
    run.budget.step(rest.length / 4);
    const units = [...rest];
    if (fromEnd) units.reverse();
    const at = units.findIndex(isSpace);
    if (at < 0) break;
    const length = units.slice(0, at).join('').length;
    found.push(fromEnd ? rest.slice(rest.length - length) : rest.slice(0, length));
    rest = fromEnd ? stripEnd(rest.slice(0, rest.length - length)) : stripStart(rest.slice(length));
  }
  if (rest !== '') found.push(rest);
  return fromEnd ? found.reverse() : found;
}

const splitter =
  (fromEnd: boolean): Method =>
  (text, args, named, run) => {
    const [separator, limit] = bind('split', ['sep', 'maxsplit'], args, named);
    const cuts = whole(limit, -1);
    const all = cuts < 0 && (separator === undefined || separator === null);
    const parts = all
      ? allWords(text)
      : separator === undefined || separator === null
        ? words(text, cuts, fromEnd, run)
        : split(text, string('split', separator), cuts, fromEnd);
    run.budget.step(parts.length);
    return parts;
  };

function allWords(text: string): string[] {
  const found: string[] = [];
  let word = '';
  for (const character of text) {
    if (!isSpace(character)) word += character;
    else if (word !== '') {
      found.push(word);
      word = '';
    }
  }
  if (word !== '') found.push(word);
  return found;
}

const lineEnds = new Set('\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029');

/** Python's `splitlines`: it knows more line ends than `\n`. */
export function splitLines(text: string, keepEnds = false): string[] {
  const lines: string[] = [];
  for (let from = 0, at = 0; at < text.length; ) {
    const isEnd = lineEnds.has(text[at] as string);
    const next = isEnd && text[at] === '\r' && text[at + 1] === '\n' ? at + 2 : at + 1;
    if (isEnd || next === text.length) {
      lines.push(text.slice(from, isEnd && !keepEnds ? at : next));
      from = next;
    }
    at = next;
  }
  return lines;
}

export function replace(text: string, old: string, fresh: string, count: number, run: Run): string {
  const pieces = old === '' ? ['', ...text, ''] : text.split(old);
  const cuts = count < 0 ? pieces.length - 1 : Math.min(count, pieces.length - 1);
  run.budget.step(pieces.length / 4);
  run.budget.text(text.length + cuts * fresh.length);
  return (
    pieces.slice(0, cuts + 1).join(fresh) +
    pieces
      .slice(cuts + 1)
      .map((piece) => old + piece)
      .join('')
  );
}

const partition =
  (fromEnd: boolean): Method =>
  (text, args) => {
    const separator = string('partition', args[0]);
    const at = fromEnd ? text.lastIndexOf(separator) : text.indexOf(separator);
    if (separator === '') return refuse('empty separator');
    if (at < 0) return new Tuple(fromEnd ? ['', '', text] : [text, '', '']);
    return new Tuple([text.slice(0, at), separator, text.slice(at + separator.length)]);
  };

export const stringMethods: Readonly<Record<string, Method>> = {
  capitalize: plain(capitalise),
  casefold: plain((text) => text.toLowerCase().replaceAll('ß', 'ss')),
  center: padder((space, fill, width) => {
    // the odd one of an odd space goes to the left where the width is odd, as in CPython
    const left = Math.floor(space / 2) + (space % 2 && width % 2);
    return [fill.repeat(left), fill.repeat(space - left)];
  }),
  count: (text, args) => {
    const part = string('count', args[0]);
    const { text: area } = range(text, args[1], args[2]);
    if (part === '') return [...area].length + 1;
    let found = 0;
    for (let at = area.indexOf(part); at >= 0; at = area.indexOf(part, at + part.length)) found++;
    return found;
  },
  endswith: affix('endswith', (text, part) => text.endsWith(part)),
  expandtabs: (text, args, _, run) => {
    const size = whole(args[0], 8);
    let column = 0;
    let result = '';
    for (const character of text) {
      const width = character === '\t' ? (size > 0 ? size - (column % size) : 0) : 1;
      run.budget.text(width);
      result += character === '\t' ? ' '.repeat(width) : character;
      column = character === '\n' || character === '\r' ? 0 : column + width;
    }
    return result;
  },
  find: finder((text, part) => text.indexOf(part), false),
  format: (text, args, named, run) => formatBraces(text, args, named, run.budget),
  index: finder((text, part) => text.indexOf(part), true),
  isalnum: every(/^[\p{L}\p{N}]+$/u),
  isalpha: every(/^\p{L}+$/u),
  isascii: plain((text) => [...text].every((character) => character < '\x80')),
  isdecimal: every(/^\p{Nd}+$/u),
  isdigit: every(/^[\p{Nd}²³¹⁰⁴-⁹₀-₉]+$/u),
  islower: plain((text) => [...text].some(isCased) && text === text.toLowerCase()),
  isnumeric: every(/^\p{N}+$/u),
  isspace: plain((text) => text !== '' && [...text].every(isSpace)),
  istitle: plain((text) => [...text].some(isCased) && text === title(text)),
  isupper: plain((text) => [...text].some(isCased) && text === text.toUpperCase()),
  join: (text, args, _, run) => {
    const items = iterate(args[0] ?? null).map((item) => string('join', item));
    run.budget.text(items.reduce((sum, item) => sum + item.length + text.length, 0));
    return items.join(text);
  },
  ljust: padder((space, fill) => ['', fill.repeat(space)]),
  lower: plain((text) => text.toLowerCase()),
  lstrip: (text, args) => stripStart(text, setOf(args[0])),
  partition: partition(false),
  removeprefix: (text, args) => {
    const part = string('removeprefix', args[0]);
    return text.startsWith(part) ? text.slice(part.length) : text;
  },
  removesuffix: (text, args) => {
    const part = string('removesuffix', args[0]);
    return part !== '' && text.endsWith(part) ? text.slice(0, -part.length) : text;
  },
  replace: (text, args, named, run) => {
    const [old, fresh, count] = bind('replace', ['old', 'new', 'count'], args, named);
    return replace(text, string('replace', old), string('replace', fresh), whole(count, -1), run);
  },
  rfind: finder((text, part) => text.lastIndexOf(part), false),
  rindex: finder((text, part) => text.lastIndexOf(part), true),
  rjust: padder((space, fill) => [fill.repeat(space), '']),
  rpartition: partition(true),
  rsplit: splitter(true),
  rstrip: (text, args) => stripEnd(text, setOf(args[0])),
  split: splitter(false),
  splitlines: (text, args, named) => splitLines(text, bind('splitlines', ['keepends'], args, named)[0] === true),
  startswith: affix('startswith', (text, part) => text.startsWith(part)),
  strip: (text, args) => stripStart(stripEnd(text, setOf(args[0])), setOf(args[0])),
  swapcase: plain((text) =>
    [...text]
      .map((character) => (character === character.toUpperCase() ? character.toLowerCase() : character.toUpperCase()))
      .join(''),
  ),
  title: plain(title),
  upper: plain((text) => text.toUpperCase()),
  zfill: (text, args, _, run) => {
    const size = whole(args[0], 0);
    run.budget.text(size);
    const sign = /^[-+]/.test(text) ? (text[0] as string) : '';
    const body = text.slice(sign.length);
    return sign + '0'.repeat(Math.max(0, size - [...text].length)) + body;
  },
};

/** `str(value)`, for filters that take any value for text. */
export const softText = (value: Value | undefined): string => (value === undefined ? '' : textOf(value));
