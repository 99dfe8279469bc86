/** What filters, tests and methods may use of the rendering they are part of. */
import type { Budget } from './budget.ts';
import { refuse } from './error.ts';
import type { Value } from './values.ts';

export type Named = ReadonlyMap<string, Value>;

export interface Run {
  readonly budget: Budget;
  filter(name: string, value: Value, args: readonly Value[], named: Named): Value;
  test(name: string, value: Value, args: readonly Value[], named: Named): boolean;
  hasFilter(name: string): boolean;
  hasTest(name: string): boolean;
}

export type Filter = (value: Value, args: readonly Value[], named: Named, run: Run) => Value;
export type Test = (value: Value, args: readonly Value[], run: Run) => boolean;

/**
 * Arguments in the order of their parameters; absent ones are undefined.
 * @throws JinjaError for one too many and for an unknown name
 */
export function bind(
  what: string,
  parameters: readonly string[],
  args: readonly Value[],
  named: Named,
): (Value | undefined)[] {
  if (args.length > parameters.length) refuse(`${what} takes ${parameters.length} arguments, not ${args.length}`);
  for (const name of named.keys()) {
    const index = parameters.indexOf(name);
    if (index < 0) refuse(`${what} has no argument ${name}`);
    if (index < args.length) refuse(`${what} was given ${name} twice`);
  }
  return parameters.map((name, index) => (index < args.length ? args[index] : named.get(name)));
}
