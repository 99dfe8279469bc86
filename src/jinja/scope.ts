/** Names and their values: a loop, a macro and a `with` see those around them and keep their own. */
import type { Value } from './values.ts';

export interface Scope {
  get(name: string): Value | undefined;
  set(name: string, value: Value): void;
}

export function createScope(outer?: Scope, values: Iterable<readonly [string, Value]> = []): Scope {
  const own = new Map(values);
  return {
    get: (name) => (own.has(name) ? own.get(name) : outer?.get(name)),
    set: (name, value) => void own.set(name, value),
  };
}
