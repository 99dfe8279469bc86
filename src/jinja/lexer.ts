/**
 * Source text → tokens, with Jinja2's rules for white space as Hugging Face's templates expect them:
 * - `trim_blocks`: the first line break after a block or comment is dropped;
 * - `lstrip_blocks`: white space between the start of a line and a block or comment is dropped, unless `+` stands there;
 * - `-` drops all white space on its side;
 * - line breaks become `\n`, and one at the very end is dropped.
 */
import { JinjaError } from './error.ts';
import { isSpace, stripEnd } from './python-space.ts';

export type TokenKind = 'data' | 'begin' | 'end' | 'name' | 'string' | 'integer' | 'float' | 'operator' | 'eof';

export interface Token {
  kind: TokenKind;
  /** Of `begin` and `end`: `variable` or `block`. */
  value: string;
  line: number;
}

const opening = /\{[{%#]/g;
const raw = /\{%[-+]?\s*raw\s*(-%\}|%\})/y;
const endRaw = /\{%([-+]?)\s*endraw\s*(\+%\}|-%\}|%\})/g;
const name = /[\p{L}\p{Nl}_][\p{L}\p{N}\p{Mn}\p{Mc}\p{Pc}_]*/uy;
const float = /(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?[eE][+-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)/y;
const integer = /0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0[xX](?:_?[\da-fA-F])+|[1-9](?:_?\d)*|0(?:_?0)*/y;
const operator = /\/\/|\*\*|==|!=|>=|<=|[-+/*%~[\](){}><=.:|,;]/y;

/** @throws JinjaError of the kind `syntax` */
export function tokenize(given: string): Token[] {
  const source = given.replace(/\r\n?/g, '\n').replace(/\n$/, '');
  const tokens: Token[] = [];
  let at = 0;
  let line = 1;
  let lineStart = true;
  const fail = (message: string): never => {
    throw new JinjaError('syntax', `line ${line}: ${message}`);
  };
  const push = (kind: TokenKind, value: string) => tokens.push({ kind, value, line });
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(source);
  };
  const move = (to: number) => {
    for (let i = at; i < to; i++) if (source[i] === '\n') line++;
    at = to;
  };
  const skipSpace = () => {
    let to = at;
    while (to < source.length && isSpace(source[to] as string)) to++;
    move(to);
  };
  /** White space after a tag's end. @param trims a line break is dropped */
  const afterTag = (sign: string, trims: boolean) => {
    if (sign === '-') skipSpace();
    else if (sign !== '+' && trims && source[at] === '\n') move(at + 1);
    lineStart = source[at - 1] === '\n';
  };
  const data = (to: number, sign: string, lstrips: boolean) => {
    let text = source.slice(at, to);
    if (sign === '-') text = stripEnd(text);
    else if (sign !== '+' && lstrips) text = withoutIndent(text, lineStart);
    if (text !== '') push('data', text);
    move(to);
  };

  const readTag = (kind: 'variable' | 'block') => {
    push('begin', kind);
    const close = kind === 'variable' ? '}}' : '%}';
    const open: string[] = [];
    for (;;) {
      skipSpace();
      if (at >= source.length) return fail(`a ${kind === 'variable' ? '{{' : '{%'} is never closed`);
      if (open.length === 0) {
        const sign = source[at] === '-' || (kind === 'block' && source[at] === '+') ? (source[at] as string) : '';
        if (source.startsWith(close, at + sign.length)) {
          push('end', kind);
          move(at + sign.length + 2);
          return afterTag(sign, kind === 'block');
        }
      }
      readToken(open);
    }
  };
  const readToken = (open: string[]) => {
    const take = (kind: TokenKind, found: RegExpExecArray) => {
      push(kind, found[0]);
      move(at + found[0].length);
    };
    const number = match(float);
    if (number && source[at - 1] !== '.') return take('float', number);
    const whole = match(integer);
    if (whole) return take('integer', whole);
    const word = match(name);
    if (word) return take('name', word);
    if (source[at] === "'" || source[at] === '"') {
      const end = endOfString(source, at) ?? fail('a string is never closed');
      push('string', unescapeString(source.slice(at + 1, end - 1)));
      return move(end);
    }
    const sign = match(operator) ?? fail(`unexpected ${JSON.stringify(source[at])}`);
    if ('([{'.includes(sign[0])) open.push(sign[0]);
    if (')]}'.includes(sign[0]) && pairs[open.pop() ?? ''] !== sign[0]) fail(`unexpected ${sign[0]}`);
    take('operator', sign);
  };

  while (at < source.length) {
    const found = match(opening);
    if (!found) {
      data(source.length, '', false);
      break;
    }
    const start = found.index;
    const sign = source[start + 2] === '-' || source[start + 2] === '+' ? (source[start + 2] as string) : '';
    data(start, sign, found[0] !== '{{');
    const rawBlock = found[0] === '{%' ? match(raw) : null;
    if (rawBlock) {
      move(at + rawBlock[0].length);
      afterTag(rawBlock[1]?.[0] ?? '', false);
      const end = match(endRaw) ?? fail('a raw block is never closed');
      data(end.index, end[1] as string, true);
      move(at + end[0].length);
      afterTag((end[2] as string)[0] as string, true);
    } else if (found[0] === '{#') {
      const end = source.indexOf('#}', at + 2);
      if (end < 0) fail('a comment is never closed');
      const last =
        end > at + 2 && (source[end - 1] === '-' || source[end - 1] === '+') ? (source[end - 1] as string) : '';
      move(end + 2);
      afterTag(last, true);
    } else {
      move(at + 2 + sign.length);
      readTag(found[0] === '{{' ? 'variable' : 'block');
    }
  }
  push('eof', '');
  return tokens;
}

const pairs: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/** Text without the white space of a last line that holds nothing else. */
function withoutIndent(text: string, lineStart: boolean): string {
  const from = text.lastIndexOf('\n') + 1;
  if (from === 0 && !lineStart) return text;
  return [...text.slice(from)].every(isSpace) ? text.slice(0, from) : text;
}

function endOfString(source: string, start: number): number | undefined {
  for (let at = start + 1; at < source.length; at++) {
    if (source[at] === '\\') at++;
    else if (source[at] === source[start]) return at + 1;
  }
  return undefined;
}

const simple: Readonly<Record<string, string>> = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** Python's escapes; an unknown one stays as it is. */
function unescapeString(text: string): string {
  return text.replace(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{1,3})|([\s\S]))/g,
    (whole, two?: string, four?: string, eight?: string, octal?: string, character?: string) => {
      const hex = two ?? four ?? eight;
      const code = hex !== undefined ? Number.parseInt(hex, 16) : Number.parseInt(octal ?? '', 8);
      if (character !== undefined) return simple[character] ?? whole;
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}
