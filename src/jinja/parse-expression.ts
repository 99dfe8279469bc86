/** Expressions, from the loosest binding to the tightest, each as Jinja2's grammar has it. */
import type { Arguments, Expression } from './ast.ts';
import type { TokenStream } from './token-stream.ts';
import { Float } from './values.ts';

export function parseExpression(stream: TokenStream): Expression {
  let value = parseOr(stream);
  while (stream.skip('name', 'if')) {
    const test = parseOr(stream);
    const no = stream.skip('name', 'else') ? parseExpression(stream) : undefined;
    value = { type: 'condition', test, yes: value, ...(no && { no }) };
  }
  return value;
}

/** An expression, or several with commas between them: a tuple. @param condition whether `a if b` may stand there */
export function parseTuple(stream: TokenStream, condition = true): Expression {
  const parse = condition ? parseExpression : parseOr;
  const items: Expression[] = [];
  let commas = false;
  while (items.length === 0 || stream.is('operator', ',')) {
    if (items.length > 0) {
      stream.next();
      commas = true;
    }
    if (stream.is('end') || stream.is('operator', ')') || stream.is('name', 'in')) break;
    items.push(parse(stream));
  }
  if (!commas && items.length === 1) return items[0] as Expression;
  if (items.length === 0) stream.fail('expected an expression');
  return { type: 'tuple', items };
}

export function parseOr(stream: TokenStream): Expression {
  let left = parseAnd(stream);
  while (stream.skip('name', 'or')) left = { type: 'logic', operator: 'or', left, right: parseAnd(stream) };
  return left;
}

function parseAnd(stream: TokenStream): Expression {
  let left = parseNot(stream);
  while (stream.skip('name', 'and')) left = { type: 'logic', operator: 'and', left, right: parseNot(stream) };
  return left;
}

function parseNot(stream: TokenStream): Expression {
  if (stream.skip('name', 'not')) return { type: 'unary', operator: 'not', of: parseNot(stream) };
  return parseCompare(stream);
}

const comparisons = new Set(['==', '!=', '<', '<=', '>', '>=']);

function parseCompare(stream: TokenStream): Expression {
  const first = parseSum(stream);
  const rest: { operator: string; value: Expression }[] = [];
  for (;;) {
    if (stream.current.kind === 'operator' && comparisons.has(stream.current.value)) {
      rest.push({ operator: stream.next().value, value: parseSum(stream) });
    } else if (stream.skip('name', 'in')) {
      rest.push({ operator: 'in', value: parseSum(stream) });
    } else if (stream.is('name', 'not') && stream.following.kind === 'name' && stream.following.value === 'in') {
      stream.next();
      stream.next();
      rest.push({ operator: 'not in', value: parseSum(stream) });
    } else return rest.length > 0 ? { type: 'compare', first, rest } : first;
  }
}

/** A chain of operators of one rank, from left to right. */
function chain(stream: TokenStream, operators: readonly string[], operand: (s: TokenStream) => Expression): Expression {
  let left = operand(stream);
  while (stream.current.kind === 'operator' && operators.includes(stream.current.value))
    left = { type: 'binary', operator: stream.next().value, left, right: operand(stream) };
  return left;
}

const parseSum = (stream: TokenStream): Expression => chain(stream, ['+', '-'], parseConcat);

function parseConcat(stream: TokenStream): Expression {
  const items = [parseProduct(stream)];
  while (stream.skip('operator', '~')) items.push(parseProduct(stream));
  return items.length === 1 ? (items[0] as Expression) : { type: 'concat', items };
}

const parseProduct = (stream: TokenStream): Expression => chain(stream, ['*', '/', '//', '%'], parsePower);
const parsePower = (stream: TokenStream): Expression => chain(stream, ['**'], (inner) => parseUnary(inner));

function parseUnary(stream: TokenStream, withFilters = true): Expression {
  let value: Expression;
  if (stream.is('operator', '-') || stream.is('operator', '+')) {
    const operator = stream.next().value as '-' | '+';
    value = { type: 'unary', operator, of: parseUnary(stream, false) };
  } else value = parsePrimary(stream);
  value = parsePostfix(stream, value);
  return withFilters ? parseFilters(stream, value) : value;
}

const constants: Readonly<Record<string, boolean | null>> = {
  true: true,
  True: true,
  false: false,
  False: false,
  none: null,
  None: null,
};

function parsePrimary(stream: TokenStream): Expression {
  const { kind, value } = stream.current;
  if (kind === 'name') {
    stream.next();
    return Object.hasOwn(constants, value)
      ? { type: 'constant', value: constants[value] as boolean | null }
      : { type: 'name', name: value };
  }
  if (kind === 'string') {
    let text = '';
    while (stream.is('string')) text += stream.next().value;
    return { type: 'constant', value: text };
  }
  if (kind === 'integer') return { type: 'constant', value: Number(stream.next().value.replaceAll('_', '')) };
  if (kind === 'float') return { type: 'constant', value: new Float(Number(stream.next().value.replaceAll('_', ''))) };
  if (stream.skip('operator', '(')) {
    if (stream.skip('operator', ')')) return { type: 'tuple', items: [] };
    const inner = parseTuple(stream);
    stream.expect('operator', ')');
    return inner;
  }
  if (stream.skip('operator', '[')) return { type: 'list', items: listed(stream, ']', parseExpression) };
  if (stream.skip('operator', '{')) {
    const pairs = listed(stream, '}', (inner): [Expression, Expression] => {
      const key = parseExpression(inner);
      inner.expect('operator', ':');
      return [key, parseExpression(inner)];
    });
    return { type: 'dict', pairs };
  }
  return stream.fail(kind === 'eof' || kind === 'end' ? 'expected an expression' : `unexpected ${value}`);
}

/** Items up to the closing sign; a comma may follow the last. */
function listed<T>(stream: TokenStream, close: string, parse: (stream: TokenStream) => T): T[] {
  const items: T[] = [];
  while (!stream.is('operator', close)) {
    if (items.length > 0) stream.expect('operator', ',');
    if (stream.is('operator', close)) break;
    items.push(parse(stream));
  }
  stream.expect('operator', close);
  return items;
}

export function parsePostfix(stream: TokenStream, given: Expression): Expression {
  let value = given;
  for (;;) {
    if (stream.skip('operator', '.')) {
      const { kind, value: name } = stream.next();
      if (kind === 'name') value = { type: 'attribute', of: value, name };
      else if (kind === 'integer')
        value = { type: 'item', of: value, index: { type: 'constant', value: Number(name) } };
      else stream.fail('expected a name or a number after the dot');
    } else if (stream.skip('operator', '[')) value = parseSubscript(stream, value);
    else if (stream.is('operator', '(')) value = { type: 'call', callee: value, args: parseArguments(stream) };
    else return value;
  }
}

function parseSubscript(stream: TokenStream, of: Expression): Expression {
  const isEnd = () => stream.is('operator', ':') || stream.is('operator', ']');
  const from = isEnd() ? undefined : parseExpression(stream);
  if (stream.skip('operator', ']')) return from ? { type: 'item', of, index: from } : stream.fail('empty brackets');
  if (stream.is('operator', ',')) return stream.fail('several indices at once are not supported');
  stream.expect('operator', ':');
  const to = isEnd() ? undefined : parseExpression(stream);
  const step = stream.skip('operator', ':') && !isEnd() ? parseExpression(stream) : undefined;
  stream.expect('operator', ']');
  return { type: 'slice', of, ...(from && { from }), ...(to && { to }), ...(step && { step }) };
}

export function parseArguments(stream: TokenStream): Arguments {
  const positional: Expression[] = [];
  const named: [string, Expression][] = [];
  const spread: { list?: Expression; dict?: Expression } = {};
  stream.expect('operator', '(');
  listed(stream, ')', () => {
    if (stream.skip('operator', '*')) spread.list = parseExpression(stream);
    else if (stream.skip('operator', '**')) spread.dict = parseExpression(stream);
    else if (stream.is('name') && stream.following.kind === 'operator' && stream.following.value === '=') {
      const name = stream.next().value;
      stream.next();
      named.push([name, parseExpression(stream)]);
    } else if (named.length > 0 || spread.dict) stream.fail('a positional argument follows a named one');
    else positional.push(parseExpression(stream));
  });
  return { positional, named, ...spread };
}

const noArguments: Arguments = { positional: [], named: [] };

/** `a.b`, which names of filters and tests may be. */
function dottedName(stream: TokenStream): string {
  let name = stream.expect('name').value;
  while (stream.skip('operator', '.')) name += `.${stream.expect('name').value}`;
  return name;
}

/** A filter's name and arguments, after the `|`. */
export function parseFilterUse(stream: TokenStream): { name: string; args: Arguments } {
  return { name: dottedName(stream), args: stream.is('operator', '(') ? parseArguments(stream) : noArguments };
}

/** Filters, tests and calls after a value. */
export function parseFilters(stream: TokenStream, given: Expression): Expression {
  let value = given;
  for (;;) {
    if (stream.skip('operator', '|')) value = { type: 'filter', of: value, ...parseFilterUse(stream) };
    else if (stream.is('name', 'is')) value = parseTest(stream, value);
    else if (stream.is('operator', '(')) value = { type: 'call', callee: value, args: parseArguments(stream) };
    else return value;
  }
}

const startsArgument = new Set(['name', 'string', 'integer', 'float']);
const notArguments = new Set(['else', 'or', 'and', 'is', 'if', 'in', 'not']);

function parseTest(stream: TokenStream, of: Expression): Expression {
  stream.expect('name', 'is');
  const negated = stream.skip('name', 'not');
  const name = dottedName(stream);
  const { kind, value } = stream.current;
  let args = noArguments;
  if (stream.is('operator', '(')) args = parseArguments(stream);
  else if ((startsArgument.has(kind) && !(kind === 'name' && notArguments.has(value))) || isOpening(stream))
    args = { positional: [parsePostfix(stream, parsePrimary(stream))], named: [] };
  const test: Expression = { type: 'test', name, of, args };
  return negated ? { type: 'unary', operator: 'not', of: test } : test;
}

const isOpening = (stream: TokenStream): boolean => stream.is('operator', '[') || stream.is('operator', '{');
