/** Functions that every template may call. */
import { refuse } from './error.ts';
import { bind, type Run } from './run.ts';
import { type Dict, failIfUndefined, keyOf, type Native, typeName, type Value } from './values.ts';

const whole = (value: Value | undefined): number => {
  if (value !== undefined) failIfUndefined(value);
  return typeof value === 'number' || typeof value === 'boolean' ? Number(value) : refuse('range takes ints');
};

/** Python's sandbox refuses longer ranges, too. */
const longestRange = 100_000;

/** An object whose fields `{% set %}` may change, also from inside a loop. */
export function createNamespace(values: Dict): Native {
  return {
    native: 'Namespace',
    get: (name) => values.get(name),
    set: (name, value) => void values.set(name, value),
  };
}

export function createGlobals(run: Run): Map<string, Value> {
  const range = (args: readonly Value[]): Value => {
    if (args.length < 1 || args.length > 3) return refuse('range takes one to three arguments');
    const [start, end] = args.length === 1 ? [0, whole(args[0])] : [whole(args[0]), whole(args[1])];
    const step = args.length === 3 ? whole(args[2]) : 1;
    if (step === 0) return refuse('range step must not be zero');
    const length = Math.max(0, Math.ceil((end - start) / step));
    if (length > longestRange) return refuse(`a range of ${length} is too long, at most ${longestRange}`);
    run.budget.step(length);
    return Array.from({ length }, (_, index) => start + index * step);
  };
  const dict = (args: readonly Value[], named: ReadonlyMap<string, Value>): Dict => {
    const [first] = args;
    const pairs = first instanceof Map ? [...first] : pairsOf(first);
    return new Map<Value, Value>([...pairs, ...named]);
  };
  return new Map<string, Value>([
    ['range', range],
    ['dict', dict],
    ['namespace', (args, named) => createNamespace(dict(args, named))],
    ['joiner', (args, named) => createJoiner(bind('joiner', ['sep'], args, named)[0] ?? ', ')],
    ['cycler', (args) => createCycler(args)],
  ]);
}

function pairsOf(value: Value | undefined): [Value, Value][] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) return refuse(`dict takes a dict or pairs, not ${typeName(value)}`);
  return value.map((pair) => {
    const [key, item] = Array.isArray(pair)
      ? pair
      : pair !== null && typeof pair === 'object' && 'items' in pair
        ? pair.items
        : [];
    return key === undefined || item === undefined ? refuse('dict takes pairs') : [keyOf(key), item];
  });
}

/** Prints nothing the first time, then its separator. */
function createJoiner(separator: Value): Native {
  let used = false;
  return {
    native: 'Joiner',
    get: () => undefined,
    call: () => {
      const text = used ? separator : '';
      used = true;
      return text;
    },
  };
}

function createCycler(items: readonly Value[]): Native {
  if (items.length === 0) return refuse('cycler needs items');
  let at = 0;
  return {
    native: 'Cycler',
    get: (name) => {
      if (name === 'current') return items[at];
      if (name === 'reset')
        return () => {
          at = 0;
          return null;
        };
      if (name !== 'next') return undefined;
      return () => {
        const item = items[at] as Value;
        at = (at + 1) % items.length;
        return item;
      };
    },
  };
}
