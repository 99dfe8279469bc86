/** Statements, in order, into pieces of text. */
import type { FilterUse, Macro, Statement, Target } from './ast.ts';
import { refuse } from './error.ts';
import { argumentsOf, evaluate } from './evaluate.ts';
import { createLoop } from './loop.ts';
import { textOf } from './print.ts';
import type { Run } from './run.ts';
import { createScope, type Scope } from './scope.ts';
import { isNative, isTrue, iterate, type Native, Tuple, typeName, Undefined, type Value } from './values.ts';

/** How a body ended, where it did not reach its end. */
type Jump = 'break' | 'continue' | undefined;

/** Runs the statements; what they print is added to `out`. */
export function execute(body: readonly Statement[], scope: Scope, run: Run, out: string[]): Jump {
  for (const statement of body) {
    run.budget.step();
    const jump = executeOne(statement, scope, run, out);
    if (jump) return jump;
  }
  return undefined;
}

function executeOne(node: Statement, scope: Scope, run: Run, out: string[]): Jump {
  switch (node.type) {
    case 'data':
      print(node.text, run, out);
      return undefined;
    case 'output':
      print(textOf(evaluate(node.value, scope, run)), run, out);
      return undefined;
    case 'if': {
      const branch = node.branches.find(({ test }) => !test || isTrue(evaluate(test, scope, run)));
      return branch && execute(branch.body, scope, run, out);
    }
    case 'for':
      return executeFor(node, scope, run, out);
    case 'set':
      assign(node.target, evaluate(node.value, scope, run), scope);
      return undefined;
    case 'set-block': {
      const text = printed(node.body, createScope(scope), run);
      assign(node.target, filtered(text, node.filters, scope, run), scope);
      return undefined;
    }
    case 'macro':
      scope.set(node.macro.name, createMacro(node.macro, scope, run));
      return undefined;
    case 'call-block': {
      const caller = createMacro(node.macro, scope, run);
      // only the call itself sees it, as an argument that its macro takes
      const withCaller = node.call.type === 'call' ? node.call : refuse('a call block needs a call');
      const [args, named] = argumentsOf(withCaller.args, scope, run);
      const callee = evaluate(withCaller.callee, scope, run);
      named.set('caller', caller);
      const target = isNative(callee) ? callee.call : callee;
      if (typeof target !== 'function') return refuse(`${typeName(callee)} cannot be called`);
      print(textOf(target(args, named)), run, out);
      return undefined;
    }
    case 'filter-block':
      print(textOf(filtered(printed(node.body, createScope(scope), run), node.filters, scope, run)), run, out);
      return undefined;
    case 'with': {
      const inner = createScope(scope);
      // values see the names around the block, not one another
      const values = node.values.map(({ value }) => evaluate(value, scope, run));
      for (const [index, { target }] of node.values.entries()) assign(target, values[index] as Value, inner);
      return execute(node.body, inner, run, out);
    }
    case 'group':
      return execute(node.body, createScope(scope), run, out);
    default:
      return node.type;
  }
}

function print(text: string, run: Run, out: string[]): void {
  run.budget.text(text.length);
  out.push(text);
}

/** What statements print. */
function printed(body: readonly Statement[], scope: Scope, run: Run): string {
  const out: string[] = [];
  execute(body, scope, run, out);
  return out.join('');
}

function filtered(text: string, filters: readonly FilterUse[], scope: Scope, run: Run): Value {
  return filters.reduce(
    (value: Value, { name, args }) => run.filter(name, value, ...argumentsOf(args, scope, run)),
    text,
  );
}

function assign(target: Target, value: Value, scope: Scope): void {
  if (target.type === 'name') scope.set(target.name, value);
  else if (target.type === 'field') {
    const holder = scope.get(target.of) ?? null;
    if (!isNative(holder) || !holder.set) refuse('cannot assign attribute on non-namespace object');
    else holder.set(target.name, value);
  } else {
    const values = iterate(value);
    if (values.length !== target.items.length)
      refuse(`${values.length} values cannot be given to ${target.items.length} names`);
    for (const [index, item] of target.items.entries()) assign(item, values[index] as Value, scope);
  }
}

type For = Extract<Statement, { type: 'for' }>;

function executeFor(node: For, scope: Scope, run: Run, out: string[]): undefined {
  const loopOver = (over: Value, depth: number, print: string[]): void => {
    run.budget.enter();
    const passes = (item: Value) => {
      if (!node.filter) return true;
      const inner = createScope(scope);
      assign(node.target, item, inner);
      return isTrue(evaluate(node.filter, inner, run));
    };
    const given = iterate(over);
    run.budget.step(given.length);
    const items = node.filter ? given.filter(passes) : [...given];
    const again = (inner: Value): Value => {
      const text: string[] = [];
      loopOver(inner, depth + 1, text);
      return text.join('');
    };
    const loop = createLoop(items, depth, node.recursive ? again : undefined);
    for (const [index, item] of items.entries()) {
      loop.move(index);
      const inner = createScope(scope, [['loop', loop.object]]);
      assign(node.target, item, inner);
      if (execute(node.body, inner, run, print) === 'break') break;
    }
    if (items.length === 0) execute(node.otherwise, createScope(scope), run, print);
    run.budget.leave();
  };
  loopOver(evaluate(node.over, scope, run), 0, out);
  return undefined;
}

/** A macro as a value; it sees the names around its definition. */
function createMacro(macro: Macro, scope: Scope, run: Run): Native {
  const { name, parameters, body, mentions } = macro;
  const invoke = (args: readonly Value[], given: ReadonlyMap<string, Value>): Value => {
    run.budget.enter();
    const named = new Map(given);
    const inner = createScope(scope);
    for (const [index, parameter] of parameters.entries()) {
      const fallback = () =>
        parameter.fallback ? evaluate(parameter.fallback, inner, run) : new Undefined(`parameter '${parameter.name}'`);
      const own = index < args.length ? args[index] : named.get(parameter.name);
      if (index < args.length && named.has(parameter.name)) refuse(`macro ${name} was given ${parameter.name} twice`);
      named.delete(parameter.name);
      inner.set(parameter.name, own === undefined ? fallback() : own);
    }
    const isCaller = (key: string) => key === 'caller' && mentions.has('caller');
    if (mentions.has('caller')) inner.set('caller', named.get('caller') ?? new Undefined('No caller defined'));
    for (const key of [...named.keys()]) if (isCaller(key)) named.delete(key);
    if (args.length > parameters.length && !mentions.has('varargs'))
      refuse(`macro ${name} takes not more than ${parameters.length} arguments`);
    if (named.size > 0 && !mentions.has('kwargs')) refuse(`macro ${name} takes no argument ${[...named.keys()][0]}`);
    inner.set('varargs', new Tuple(args.slice(parameters.length)));
    inner.set('kwargs', new Map<Value, Value>(named));
    const text = printed(body, inner, run);
    run.budget.leave();
    return text;
  };
  return {
    native: 'Macro',
    get: (key) =>
      key === 'name'
        ? name
        : key === 'arguments'
          ? new Tuple(parameters.map((parameter) => parameter.name))
          : undefined,
    call: invoke,
  };
}
