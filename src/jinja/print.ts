/** Values as text: Python's `str()` and `repr()`, and `json.dumps`. */
import { spend } from './budget.ts';
import { refuse } from './error.ts';
import { type Dict, Float, isDict, Tuple, typeName, Undefined, type Value } from './values.ts';

/** Python's `str(value)`. */
export function textOf(value: Value): string {
  if (typeof value === 'string') return value;
  if (value instanceof Undefined) return '';
  return representation(value);
}

/** Python's `repr(value)`. */
export function representation(value: Value): string {
  spend();
  if (value === null) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value === 'number') return String(value);
  if (value instanceof Float) return floatText(value.value);
  if (typeof value === 'string') return quote(value);
  if (value instanceof Undefined) return 'Undefined';
  if (Array.isArray(value)) return `[${value.map(representation).join(', ')}]`;
  if (value instanceof Tuple)
    return `(${value.items.map(representation).join(', ')}${value.items.length === 1 ? ',' : ''})`;
  if (isDict(value)) return `{${[...value].map((pair) => pair.map(representation).join(': ')).join(', ')}}`;
  return `<${typeName(value)}>`;
}

/** The shortest digits that give the same float back, in Python's notation: 1.0, 1e-05, 1e+16. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const [digits, exponent] = value.toExponential().split('e') as [string, string];
  const power = Number(exponent);
  if (power >= -4 && power < 16) {
    const plain =
      power < 0 ? value.toFixed(Math.max(0, digits.replace(/[-.]/g, '').length - 1 - power)) : String(value);
    return plain.includes('.') ? plain : `${plain}.0`;
  }
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Single quotes, but where the text has those and no double ones. */
function quote(text: string): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  let quoted = mark;
  for (const character of text) {
    if (character === mark) quoted += `\\${mark}`;
    else quoted += escapes[character] ?? (isPrintable(character) ? character : codeEscape(character));
  }
  return quoted + mark;
}

const isPrintable = (character: string): boolean => character === ' ' || !/[\p{C}\p{Z}]/u.test(character);

function codeEscape(character: string): string {
  const code = character.codePointAt(0) as number;
  const hex = code.toString(16);
  if (code < 0x100) return `\\x${hex.padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

export interface JsonStyle {
  ascii: boolean;
  /** Text of one level; undefined writes everything on one line. */
  indent: string | undefined;
  item: string;
  key: string;
  sorted: boolean;
}

/** Python's `json.dumps`. @throws JinjaError for what JSON cannot hold */
export function jsonText(value: Value, style: JsonStyle, depth = 0): string {
  spend();
  if (value === null) return 'null';
  if (typeof value === 'boolean' || typeof value === 'number') return String(value);
  if (value instanceof Float) return jsonFloat(value.value);
  if (typeof value === 'string') return jsonString(value, style.ascii);
  if (isDict(value)) return jsonObject(value, style, depth);
  const items = Array.isArray(value) ? value : value instanceof Tuple ? value.items : undefined;
  if (!items) return refuse(`Object of type ${typeName(value)} is not JSON serializable`);
  return wrap(
    items.map((item) => jsonText(item, style, depth + 1)),
    '[]',
    style,
    depth,
  );
}

function jsonObject(value: Dict, style: JsonStyle, depth: number): string {
  const entries = [...value].map(([key, item]) => [jsonKey(key), item] as const);
  if (style.sorted) entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const members = entries.map(
    ([key, item]) => jsonString(key, style.ascii) + style.key + jsonText(item, style, depth + 1),
  );
  return wrap(members, '{}', style, depth);
}

function jsonKey(key: Value): string {
  if (typeof key === 'string') return key;
  if (key instanceof Tuple) return refuse('keys must be str, int, float, bool or None, not tuple');
  return key instanceof Float ? jsonFloat(key.value) : String(key);
}

function wrap(members: readonly string[], [open, close]: string, style: JsonStyle, depth: number): string {
  if (members.length === 0) return `${open}${close}`;
  if (style.indent === undefined) return open + members.join(style.item) + close;
  const line = `\n${style.indent.repeat(depth + 1)}`;
  const body = members.join(style.item.trimEnd() + line);
  return `${open}${line}${body}\n${style.indent.repeat(depth)}${close}`;
}

function jsonFloat(value: number): string {
  if (Number.isFinite(value)) return floatText(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
}

/** JSON.stringify escapes lone surrogates, which Python does not. */
function jsonString(text: string, ascii: boolean): string {
  const quoted = JSON.stringify(text).replace(
    /\\u(d[89a-f][0-9a-f]{2})/gi,
    (whole, hex: string, at: number, all: string) =>
      /\\(\\\\)*$/.test(all.slice(0, at)) ? whole : String.fromCharCode(Number.parseInt(hex, 16)),
  );
  if (!ascii) return quoted;
  return quoted.replace(/[\u007f-\uffff]/g, (unit) =>
    unit === '\u007f' ? unit : `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
