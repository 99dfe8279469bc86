/** Statements of a template. */
import type { Expression, FilterUse, Macro, Parameter, Statement, Target } from './ast.ts';
import { tokenize } from './lexer.ts';
import { parseExpression, parseFilterUse, parseOr, parseTuple } from './parse-expression.ts';
import { createTokenStream, type TokenStream } from './token-stream.ts';

/** @throws JinjaError of the kind `syntax`, with the line */
export function parse(source: string): readonly Statement[] {
  const stream = createTokenStream(tokenize(source));
  const body = parseBody(stream, []);
  if (!stream.is('eof')) stream.fail('unexpected end of a block');
  return body;
}

/** Statements up to a block whose name is one of `ends`; that block's `begin` and name are taken. */
function parseBody(stream: TokenStream, ends: readonly string[]): Statement[] {
  const body: Statement[] = [];
  for (;;) {
    if (stream.is('data')) body.push({ type: 'data', text: stream.next().value });
    else if (stream.skip('begin', 'variable')) {
      body.push({ type: 'output', value: parseTuple(stream) });
      stream.expect('end', 'variable');
    } else if (stream.is('eof')) {
      if (ends.length > 0) stream.fail(`${ends.at(-1)} is missing`);
      return body;
    } else {
      stream.expect('begin', 'block');
      if (ends.includes(stream.current.value)) return body;
      body.push(parseStatement(stream));
    }
  }
}

const closing = (stream: TokenStream) => stream.expect('end', 'block');

function parseStatement(stream: TokenStream): Statement {
  const { value: word, kind } = stream.current;
  if (kind !== 'name') stream.fail('a block begins with its name');
  stream.next();
  switch (word) {
    case 'for':
      return parseFor(stream);
    case 'if':
      return parseIf(stream);
    case 'set':
      return parseSet(stream);
    case 'macro':
      return parseMacro(stream);
    case 'call':
      return parseCallBlock(stream);
    case 'filter': {
      const filters = [parseFilterUse(stream), ...parseMoreFilters(stream)];
      return { type: 'filter-block', filters, body: bodyUpTo(stream, 'endfilter') };
    }
    case 'with':
      return parseWith(stream);
    case 'generation': // marks what a model is trained on; it prints as it is
      return { type: 'group', body: bodyUpTo(stream, 'endgeneration') };
    case 'break':
    case 'continue':
      closing(stream);
      return { type: word };
    default:
      return stream.fail(`unknown block ${JSON.stringify(word)}`);
  }
}

/** The rest of a block's head, its body, and its end. */
function bodyUpTo(stream: TokenStream, end: string): Statement[] {
  closing(stream);
  const body = parseBody(stream, [end]);
  stream.next();
  closing(stream);
  return body;
}

function parseIf(stream: TokenStream): Statement {
  const branches: { test?: Expression; body: Statement[] }[] = [];
  for (let word = 'if'; word !== 'endif'; ) {
    const test = word === 'else' ? undefined : parseTuple(stream, false);
    closing(stream);
    const body = parseBody(stream, word === 'else' ? ['endif'] : ['elif', 'else', 'endif']);
    branches.push({ ...(test && { test }), body });
    word = stream.next().value;
  }
  closing(stream);
  return { type: 'if', branches };
}

function parseFor(stream: TokenStream): Statement {
  const target = parseTarget(stream, true);
  stream.expect('name', 'in');
  const over = parseTuple(stream, false);
  const filter = stream.skip('name', 'if') ? parseExpression(stream) : undefined;
  const recursive = stream.skip('name', 'recursive');
  closing(stream);
  const body = parseBody(stream, ['else', 'endfor']);
  const hasElse = stream.next().value === 'else';
  if (!hasElse) closing(stream);
  const otherwise = hasElse ? bodyUpTo(stream, 'endfor') : [];
  return { type: 'for', target, over, ...(filter && { filter }), recursive, body, otherwise };
}

/** Names that are given values. @param inLoop `in` ends them */
function parseTarget(stream: TokenStream, inLoop = false): Target {
  const items: Target[] = [];
  let several = false;
  do {
    if (stream.is('operator', '=') || stream.is('end') || (inLoop && stream.is('name', 'in'))) break;
    if (stream.skip('operator', '(')) {
      items.push(parseTarget(stream));
      stream.expect('operator', ')');
      continue;
    }
    const name = stream.expect('name').value;
    if (['true', 'false', 'none', 'True', 'False', 'None'].includes(name)) stream.fail(`${name} cannot be set`);
    items.push(
      stream.skip('operator', '.')
        ? { type: 'field', of: name, name: stream.expect('name').value }
        : { type: 'name', name },
    );
    if (stream.is('operator', ',')) several = true;
  } while (stream.skip('operator', ','));
  return several || items.length !== 1 ? { type: 'targets', items } : (items[0] as Target);
}

function parseSet(stream: TokenStream): Statement {
  const target = parseTarget(stream);
  if (stream.skip('operator', '=')) {
    const value = parseTuple(stream);
    closing(stream);
    return { type: 'set', target, value };
  }
  const filters = parseMoreFilters(stream);
  return { type: 'set-block', target, filters, body: bodyUpTo(stream, 'endset') };
}

function parseMoreFilters(stream: TokenStream): FilterUse[] {
  const filters: FilterUse[] = [];
  while (stream.skip('operator', '|')) filters.push(parseFilterUse(stream));
  return filters;
}

function parseParameters(stream: TokenStream): Parameter[] {
  const parameters: Parameter[] = [];
  stream.expect('operator', '(');
  while (!stream.skip('operator', ')')) {
    if (parameters.length > 0) stream.expect('operator', ',');
    if (stream.skip('operator', ')')) break;
    const name = stream.expect('name').value;
    const fallback = stream.skip('operator', '=') ? parseExpression(stream) : undefined;
    if (!fallback && parameters.at(-1)?.fallback) stream.fail('a parameter without a default follows one with it');
    parameters.push({ name, ...(fallback && { fallback }) });
  }
  return parameters;
}

function parseMacro(stream: TokenStream): Statement {
  const name = stream.expect('name').value;
  const parameters = parseParameters(stream);
  const body = bodyUpTo(stream, 'endmacro');
  return { type: 'macro', macro: macroOf(name, parameters, body) };
}

function parseCallBlock(stream: TokenStream): Statement {
  const parameters = stream.is('operator', '(') ? parseParameters(stream) : [];
  const call = parseOr(stream);
  if (call.type !== 'call') stream.fail('a call block needs a call');
  const body = bodyUpTo(stream, 'endcall');
  return { type: 'call-block', call, macro: macroOf('caller', parameters, body) };
}

function macroOf(name: string, parameters: readonly Parameter[], body: readonly Statement[]): Macro {
  const mentions = new Set<string>();
  JSON.stringify(body, (_, value) => {
    if (value?.type === 'name' && ['caller', 'varargs', 'kwargs'].includes(value.name)) mentions.add(value.name);
    return value;
  });
  return { name, parameters, body, mentions };
}

function parseWith(stream: TokenStream): Statement {
  const values: { target: Target; value: Expression }[] = [];
  while (!stream.is('end')) {
    if (values.length > 0) stream.expect('operator', ',');
    const target: Target = { type: 'name', name: stream.expect('name').value };
    stream.expect('operator', '=');
    values.push({ target, value: parseExpression(stream) });
  }
  return { type: 'with', values, body: bodyUpTo(stream, 'endwith') };
}
