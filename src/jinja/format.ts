/** Python's two ways to put values into text: `'%s' % value` and `'{}'.format(value)`. */
import type { Budget } from './budget.ts';
import { refuse } from './error.ts';
import { representation, textOf } from './print.ts';
import { Float, isDict, isNumber, numberOf, Tuple, typeName, type Value } from './values.ts';

const percent = /%(?:\((.*?)\))?([-+ 0#]*)(\*|\d+)?(?:\.(\d+))?([a-zA-Z%])/gs;

/** `pattern % values`. @throws JinjaError where values and pattern do not fit */
export function formatPercent(pattern: string, values: Value, budget: Budget): string {
  const list = values instanceof Tuple ? values.items : [values];
  let next = 0;
  const text = pattern.replace(percent, (_, key, flags: string, width, precision, kind: string) => {
    if (kind === '%') return '%';
    if (width === '*') return refuse("'*' as a width is not supported");
    let value: Value | undefined;
    if (key === undefined) value = list[next++];
    else value = isDict(values) ? values.get(key) : refuse('format requires a mapping');
    if (value === undefined) return refuse('not enough arguments for format string');
    const digits = precision === undefined ? undefined : Number(precision);
    const body = percentBody(value, kind, flags, digits, budget);
    const size = Number(width ?? 0);
    budget.text(size);
    if (flags.includes('-')) return body.padEnd(size);
    return flags.includes('0') && 'dixXofFeEgG'.includes(kind) ? padSigned(body, size) : body.padStart(size);
  });
  if (next < list.length && !(isDict(values) || (list.length === 1 && !(values instanceof Tuple) && next > 0)))
    return refuse('not all arguments converted during string formatting');
  budget.text(text.length);
  return text;
}

function percentBody(value: Value, kind: string, flags: string, digits: number | undefined, budget: Budget): string {
  if (kind === 's' || kind === 'r' || kind === 'a') {
    const text = kind === 's' ? textOf(value) : representation(value);
    return digits === undefined ? text : [...text].slice(0, digits).join('');
  }
  if (kind === 'c') return typeof value === 'number' ? String.fromCodePoint(value) : textOf(value);
  if (!isNumber(value)) return refuse(`%${kind} format: a number is required, not ${typeName(value)}`);
  const sign = flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  return numberText(numberOf(value), kind, digits, sign, budget);
}

/** A number as `d`, `x`, `o`, `f`, `e`, `g` or `%`, with its sign. */
function numberText(value: number, kind: string, digits = 6, sign = '', budget?: Budget): string {
  budget?.text(digits);
  if (digits > 100) return refuse('more than 100 digits');
  const size = Math.abs(value);
  const bodies: Record<string, () => string> = {
    d: () => String(Math.trunc(size)),
    i: () => String(Math.trunc(size)),
    u: () => String(Math.trunc(size)),
    x: () => Math.trunc(size).toString(16),
    X: () => Math.trunc(size).toString(16).toUpperCase(),
    o: () => Math.trunc(size).toString(8),
    b: () => Math.trunc(size).toString(2),
    f: () => size.toFixed(digits),
    F: () => size.toFixed(digits),
    e: () => exponent(size, digits),
    E: () => exponent(size, digits).toUpperCase(),
    '%': () => `${(size * 100).toFixed(digits)}%`,
    g: () => {
      const power = size === 0 ? 0 : Math.floor(Math.log10(size));
      const places = Math.max(1, digits);
      if (power < -4 || power >= places) return exponent(size, places - 1).replace(/\.?0+e/, 'e');
      return size
        .toFixed(Math.max(0, places - 1 - power))
        .replace(/(\.\d*?)0+$/, '$1')
        .replace(/\.$/, '');
    },
  };
  const body = Object.hasOwn(bodies, kind) ? bodies[kind] : undefined;
  if (!body) return refuse(`unsupported format character ${JSON.stringify(kind)}`);
  return (value < 0 || Object.is(value, -0) ? '-' : sign) + body();
}

const exponent = (value: number, digits: number): string =>
  value.toExponential(digits).replace(/e([+-])(\d)$/, 'e$10$2');

const padSigned = (text: string, size: number): string => {
  const sign = /^[-+ ]/.test(text) ? (text[0] as string) : '';
  return sign + text.slice(sign.length).padStart(size - sign.length, '0');
};

/** `pattern.format(...)`: fields `{}`, `{0}`, `{name}`, each with a specification after a colon. */
export function formatBraces(
  pattern: string,
  args: readonly Value[],
  named: ReadonlyMap<string, Value>,
  budget: Budget,
): string {
  let next = 0;
  const text = pattern.replace(
    /\{\{|\}\}|\{([^{}:!]*)(?:!([rs]))?(?::([^{}]*))?\}|[{}]/g,
    (whole, field, turn, spec) => {
      if (whole === '{{' || whole === '}}') return whole[0] as string;
      if (field === undefined) return refuse(`a single ${whole} in a format string`);
      const value = field === '' ? args[next++] : /^\d+$/.test(field) ? args[Number(field)] : named.get(field);
      if (value === undefined) return refuse(`the format string has no value for {${field}}`);
      return formatSpec(turn === 'r' ? representation(value) : value, spec ?? '', budget);
    },
  );
  budget.text(text.length);
  return text;
}

/** One value by a specification such as `>8`, `05d`, `.2f`. */
function formatSpec(value: Value, spec: string, budget: Budget): string {
  const found = /^(?:([\s\S])?([<>=^]))?([-+ ])?(0)?(\d+)?(,)?(?:\.(\d+))?([a-zA-Z%])?$/u.exec(spec);
  if (!found) return refuse(`invalid format specifier ${JSON.stringify(spec)}`);
  const [, fill, align, sign = '', zero, width, comma, precision, kind] = found;
  const digits = precision === undefined ? undefined : Number(precision);
  let body: string;
  if (isNumber(value) && typeof value !== 'boolean' && spec !== '') {
    const type = kind ?? (value instanceof Float ? (digits === undefined ? 's' : 'g') : 'd');
    body = type === 's' ? textOf(value) : numberText(numberOf(value), type, digits, sign.replace('-', ''), budget);
    if (comma) body = body.replace(/^([-+ ]?\d+)/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ','));
  } else {
    if (kind !== undefined && kind !== 's') return refuse(`unknown format code '${kind}' for ${typeName(value)}`);
    const text = textOf(value);
    body = digits === undefined ? text : [...text].slice(0, digits).join('');
  }
  const size = Number(width ?? 0);
  budget.text(size);
  const space = Math.max(0, size - [...body].length);
  if (zero && !align) return padSigned(body, size);
  const side = align ?? (isNumber(value) ? '>' : '<');
  const left = side === '<' ? 0 : side === '^' ? Math.floor(space / 2) : space;
  return (fill ?? ' ').repeat(left) + body + (fill ?? ' ').repeat(space - left);
}
