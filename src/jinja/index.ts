/**
 * Jinja templates, rendered as Python's Jinja2 does with the settings of Hugging Face's Transformers: `trim_blocks`,
 * `lstrip_blocks`, `break` and `continue`, a sandbox that changes no data. Text is not escaped for HTML.
 * Templates are foreign: a budget ends those that would not end, and nothing of JavaScript can be reached from them.
 */
import type { Statement } from './ast.ts';
import { createBudget, defaultLimits, type Limits, spendOn, withBudget } from './budget.ts';
import { JinjaError, refuse } from './error.ts';
import { execute } from './execute.ts';
import { filterAliases, filters } from './filters.ts';
import { createGlobals } from './globals.ts';
import { parse } from './parse.ts';
import type { Run } from './run.ts';
import { createScope } from './scope.ts';
import { testAliases, tests } from './tests.ts';
import { toValue, type Value } from './values.ts';

export type { Limits } from './budget.ts';
export { JinjaError, type JinjaErrorKind } from './error.ts';
export { parseJson } from './parse-json.ts';
export { textOf } from './print.ts';
export type { Callable, Value } from './values.ts';

export interface Template {
  /**
   * The text for these variables. Plain data is taken as Python would have it: objects are dicts, whole numbers ints.
   * A function is called with positional and named arguments.
   * @throws JinjaError of the kinds `runtime`, `raised` and `limit`
   */
  render(variables: Readonly<Record<string, unknown>>): string;
}

/** @throws JinjaError of the kind `syntax` */
export function createTemplate(source: string, limits: Partial<Limits> = {}): Template {
  const body = guarded(() => parse(source));
  return {
    render: (variables) =>
      guarded(() => {
        const run = createRun({ ...defaultLimits, ...limits });
        return withBudget(run.budget, () => renderWith(body, variables, run));
      }),
  };
}

function renderWith(body: readonly Statement[], variables: Readonly<Record<string, unknown>>, run: Run): string {
  const globals = createGlobals(run).set('raise_exception', ([message = '']) => raise(message));
  for (const [name, value] of Object.entries(variables)) globals.set(name, toValue(value));
  const out: string[] = [];
  execute(body, createScope(createScope(undefined, globals)), run, out);
  return out.join('');
}

function raise(message: Value): never {
  throw new JinjaError('raised', typeof message === 'string' ? message : 'raise_exception was called');
}

/** Nesting deeper than JavaScript's stack, or a text beyond its longest, is a limit like the others. */
function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof RangeError)
      throw new JinjaError('limit', 'the template is nested too deeply or makes too long a text');
    throw cause;
  }
}

function createRun(limits: Limits): Run {
  const named = <T>(table: Readonly<Record<string, T>>, aliases: Readonly<Record<string, string>>, name: string) => {
    const key = Object.hasOwn(aliases, name) ? (aliases[name] as string) : name;
    return Object.hasOwn(table, key) ? table[key] : undefined;
  };
  const run: Run = {
    budget: createBudget(limits),
    filter(name, value, args, keywords) {
      spendOn(value);
      return (named(filters, filterAliases, name) ?? refuse(`No filter named '${name}'`))(value, args, keywords, run);
    },
    test: (name, value, args) =>
      (named(tests, testAliases, name) ?? refuse(`No test named '${name}'`))(value, args, run),
    hasFilter: (name) => named(filters, filterAliases, name) !== undefined,
    hasTest: (name) => named(tests, testAliases, name) !== undefined,
  };
  return run;
}
