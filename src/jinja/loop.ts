/** The `loop` variable. */
import { refuse } from './error.ts';
import { equals, type Native, Undefined, type Value } from './values.ts';

/** @param again what `loop(items)` does in a recursive loop */
export function createLoop(items: readonly Value[], depth: number, again?: (items: Value) => Value) {
  let at = 0;
  let last: readonly Value[] | undefined;
  const fields: Readonly<Record<string, () => Value>> = {
    index: () => at + 1,
    index0: () => at,
    revindex: () => items.length - at,
    revindex0: () => items.length - at - 1,
    first: () => at === 0,
    last: () => at === items.length - 1,
    length: () => items.length,
    depth: () => depth + 1,
    depth0: () => depth,
    previtem: () => (at > 0 ? (items[at - 1] as Value) : new Undefined('there is no previous item')),
    nextitem: () => (at < items.length - 1 ? (items[at + 1] as Value) : new Undefined('there is no next item')),
    cycle: () => (args) => (args.length > 0 ? (args[at % args.length] as Value) : refuse('no items for cycling given')),
    changed: () => (args) => {
      const same =
        last !== undefined && last.length === args.length && args.every((arg, i) => equals(arg, last?.[i] as Value));
      last = [...args];
      return !same;
    },
  };
  const object: Native = {
    native: 'LoopContext',
    get: (name) => (Object.hasOwn(fields, name) ? fields[name]?.() : undefined),
    call: ([inner = null]) => (again ? again(inner) : refuse("the loop is not marked with 'recursive'")),
  };
  return {
    object,
    move(index: number): void {
      at = index;
    },
  };
}
