/** The value of an expression. */
import type { Arguments, Expression } from './ast.ts';
import { refuse } from './error.ts';
import { itemOf, memberOf, sliceOf } from './items.ts';
import { binary, compareBy, unary } from './operators.ts';
import { textOf } from './print.ts';
import type { Run } from './run.ts';
import type { Scope } from './scope.ts';
import {
  failIfUndefined,
  isDict,
  isNative,
  isTrue,
  iterate,
  keyOf,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from './values.ts';

export function evaluate(node: Expression, scope: Scope, run: Run): Value {
  run.budget.step();
  const value = (inner: Expression) => evaluate(inner, scope, run);
  const optional = (inner: Expression | undefined) => (inner ? value(inner) : null);
  switch (node.type) {
    case 'constant':
      return node.value;
    case 'name': {
      const found = scope.get(node.name);
      return found === undefined ? new Undefined(`'${node.name}'`) : found;
    }
    case 'list':
      return node.items.map(value);
    case 'tuple':
      return new Tuple(node.items.map(value));
    case 'concat': {
      const text = node.items.map((item) => textOf(value(item))).join('');
      run.budget.text(text.length);
      return text;
    }
    case 'dict':
      return new Map(node.pairs.map(([key, item]) => [keyOf(value(key)), value(item)]));
    case 'attribute':
      return memberOf(value(node.of), node.name, run);
    case 'item':
      return itemOf(value(node.of), value(node.index), run);
    case 'slice':
      return sliceOf(value(node.of), optional(node.from), optional(node.to), optional(node.step));
    case 'call': {
      const callee = value(node.callee);
      return call(callee, ...argumentsOf(node.args, scope, run));
    }
    case 'filter':
      return run.filter(node.name, value(node.of), ...argumentsOf(node.args, scope, run));
    case 'test':
      return run.test(node.name, value(node.of), ...argumentsOf(node.args, scope, run));
    case 'unary':
      return node.operator === 'not' ? !isTrue(value(node.of)) : unary(node.operator, value(node.of));
    case 'binary':
      return binary(node.operator, value(node.left), value(node.right), run.budget);
    case 'logic': {
      const left = value(node.left);
      return isTrue(left) === (node.operator === 'and') ? value(node.right) : left;
    }
    case 'compare':
      return compareChain(node.first, node.rest, value);
    case 'condition':
      if (isTrue(value(node.test))) return value(node.yes);
      return node.no ? value(node.no) : new Undefined('a condition without else');
  }
}

/** `a < b < c` looks at b once and stops at the first that does not hold. */
function compareChain(
  first: Expression,
  rest: readonly { operator: string; value: Expression }[],
  value: (inner: Expression) => Value,
): boolean {
  let left = value(first);
  for (const { operator, value: other } of rest) {
    const right = value(other);
    if (!compareBy(operator, left, right)) return false;
    left = right;
  }
  return true;
}

export function argumentsOf(args: Arguments, scope: Scope, run: Run): [Value[], Map<string, Value>] {
  const positional = args.positional.map((inner) => evaluate(inner, scope, run));
  if (args.list) positional.push(...iterate(evaluate(args.list, scope, run)));
  const named = new Map(args.named.map(([name, inner]) => [name, evaluate(inner, scope, run)]));
  if (args.dict) {
    const more = evaluate(args.dict, scope, run);
    if (!isDict(more)) return refuse(`argument after ** must be a mapping, not ${typeName(more)}`);
    for (const [name, inner] of more) named.set(textOf(name), inner);
  }
  return [positional, named];
}

export function call(callee: Value, args: readonly Value[], named: ReadonlyMap<string, Value>): Value {
  failIfUndefined(callee);
  if (typeof callee === 'function') return callee(args, named);
  if (isNative(callee) && callee.call) return callee.call(args, named);
  return refuse(`${typeName(callee)} cannot be called`);
}
