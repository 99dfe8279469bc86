/**
 * Arithmetic over the numbers of a trial: `generation_time / completion_tokens`. A small language of its own: it has no
 * loops, no texts, no way to anything but numbers, and its length and depth are bounded. Imports nothing, so a page can
 * use it, too. A value that is missing, and a division by zero, make the result missing.
 */
type Value = number | undefined;
export type Scope = (column: string) => Value;

export interface Expression {
  /** Columns that it reads, each once. */
  columns: readonly string[];
  value(scope: Scope): Value;
}

export class ExpressionError extends Error {
  /** Where in the text, from 0. */
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

export const longestExpression = 400;
const deepest = 30;

type Node = (scope: Scope) => Value;
type Token = { kind: 'number' | 'name' | 'sign' | 'end'; text: string; at: number };

/** Whether a finite number came out. */
const finite = (value: number): Value => (Number.isFinite(value) ? value : undefined);
const truth = (is: boolean) => (is ? 1 : 0);

const binary: Record<string, (a: number, b: number) => number> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '^': (a, b) => a ** b,
  '<': (a, b) => truth(a < b),
  '<=': (a, b) => truth(a <= b),
  '>': (a, b) => truth(a > b),
  '>=': (a, b) => truth(a >= b),
  '=': (a, b) => truth(a === b),
  '!=': (a, b) => truth(a !== b),
  and: (a, b) => truth(a !== 0 && b !== 0),
  or: (a, b) => truth(a !== 0 || b !== 0),
};

/** From what binds least to what binds most. */
const levels = [['or'], ['and'], ['<', '<=', '>', '>=', '=', '!='], ['+', '-'], ['*', '/', '%']];

interface Function {
  about: string;
  least: number;
  most: number;
  of(...values: number[]): number;
}

const one = (about: string, of: (value: number) => number): Function => ({ about, least: 1, most: 1, of });

/** What may be called. `if` and `coalesce` are here for their number of values: they look at missing ones themselves. */
export const expressionFunctions: Readonly<Record<string, Function>> = {
  abs: one('without its sign', Math.abs),
  sqrt: one('square root', Math.sqrt),
  exp: one('e to this power', Math.exp),
  ln: one('natural logarithm', Math.log),
  log2: one('logarithm to base 2', Math.log2),
  log10: one('logarithm to base 10', Math.log10),
  floor: one('rounded down', Math.floor),
  ceil: one('rounded up', Math.ceil),
  round: one('rounded', Math.round),
  min: { about: 'the least', least: 2, most: 8, of: Math.min },
  max: { about: 'the most', least: 2, most: 8, of: Math.max },
  if: { about: 'the second where the first is not 0, else the third', least: 3, most: 3, of: () => Number.NaN },
  coalesce: { about: 'the first that is not missing', least: 2, most: 8, of: () => Number.NaN },
};

/** @throws ExpressionError that says what is wrong, and where */
export function parseExpression(text: string): Expression {
  if (text.length > longestExpression)
    throw new ExpressionError(`longer than ${longestExpression} characters`, longestExpression);
  const tokens = tokensOf(text);
  const columns = new Set<string>();
  let next = 0;
  const now = () => tokens[next] as Token;
  const isNow = (...signs: readonly string[]) => now().kind !== 'number' && signs.includes(now().text);

  function expect(sign: string): void {
    if (!isNow(sign)) throw new ExpressionError(`expected ${sign} and found ${nameOf(now())}`, now().at);
    next++;
  }

  function level(at: number, depth: number): Node {
    const signs = levels[at];
    if (!signs) return unary(depth);
    let left = level(at + 1, depth);
    while (isNow(...signs)) {
      const of = binary[now().text] as (a: number, b: number) => number;
      next++;
      left = both(of, left, level(at + 1, depth));
    }
    return left;
  }

  function unary(depth: number): Node {
    if (depth > deepest) throw new ExpressionError('nested too deeply', now().at);
    if (isNow('-')) return single((value) => -value, depth);
    if (isNow('not')) return single((value) => truth(value === 0), depth);
    const base = primary(depth);
    if (!isNow('^')) return base;
    next++;
    return both(binary['^'] as (a: number, b: number) => number, base, unary(depth + 1));
  }

  function single(of: (value: number) => number, depth: number): Node {
    next++;
    const inner = unary(depth + 1);
    return (scope) => {
      const value = inner(scope);
      return value === undefined ? undefined : of(value);
    };
  }

  function primary(depth: number): Node {
    const { kind, text: word, at } = now();
    if (kind === 'number') {
      next++;
      const value = Number(word);
      if (!Number.isFinite(value)) throw new ExpressionError(`${word} is no number that a metric can hold`, at);
      return () => value;
    }
    if (isNow('(')) {
      next++;
      const inner = level(0, depth + 1);
      expect(')');
      return inner;
    }
    if (kind !== 'name' || ['and', 'or', 'not'].includes(word))
      throw new ExpressionError(`expected a number, a column or ( and found ${nameOf(now())}`, at);
    next++;
    if (isNow('(')) return call(word, at, depth);
    columns.add(word);
    return (scope) => scope(word);
  }

  function call(name: string, at: number, depth: number): Node {
    const found = Object.hasOwn(expressionFunctions, name) ? expressionFunctions[name] : undefined;
    if (!found) throw new ExpressionError(`there is no function ${name}`, at);
    const values: Node[] = [];
    do {
      next++;
      values.push(level(0, depth + 1));
    } while (isNow(','));
    expect(')');
    const { least, most, of } = found;
    if (values.length < least || values.length > most)
      throw new ExpressionError(`${name} takes ${least === most ? least : `${least} to ${most}`} values`, at);
    return applied(name, of, values);
  }

  const node = level(0, 0);
  if (now().kind !== 'end') throw new ExpressionError(`did not expect ${nameOf(now())} here`, now().at);
  return { columns: [...columns], value: node };
}

function both(of: (a: number, b: number) => number, left: Node, right: Node): Node {
  return (scope) => {
    const [a, b] = [left(scope), right(scope)];
    return a === undefined || b === undefined ? undefined : finite(of(a, b));
  };
}

function applied(name: string, of: Function['of'], values: readonly Node[]): Node {
  if (name === 'if') {
    const [condition, yes, no] = values as [Node, Node, Node];
    return (scope) => {
      const is = condition(scope);
      return is === undefined ? undefined : (is !== 0 ? yes : no)(scope);
    };
  }
  if (name === 'coalesce')
    return (scope) => {
      for (const value of values) {
        const found = value(scope);
        if (found !== undefined) return found;
      }
      return undefined;
    };
  return (scope) => {
    const known = values.map((value) => value(scope));
    return known.includes(undefined) ? undefined : finite(of(...(known as number[])));
  };
}

const word = /[A-Za-z_][A-Za-z0-9_]*|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|<=|>=|!=|[-+*/%^<>=(),]/y;

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length; ) {
    if (/[ \t\r\n]/.test(text[at] as string)) {
      at++;
      continue;
    }
    word.lastIndex = at;
    const found = word.exec(text)?.[0];
    if (found === undefined) throw new ExpressionError(`${JSON.stringify(text[at])} means nothing here`, at);
    const kind = /^[A-Za-z_]/.test(found) ? 'name' : /^[\d.]/.test(found) ? 'number' : 'sign';
    tokens.push({ kind, text: found, at });
    at += found.length;
  }
  return [...tokens, { kind: 'end', text: '', at: text.length }];
}

const nameOf = ({ kind, text }: Token) => (kind === 'end' ? 'the end' : text);
