/** The order in which readers expect cells: as they were asked for, the baseline first, the noise floor last. */
import { baselineName, noiseName } from './names.ts';

/** Names as the configuration gives them. What is not named comes last, in the order in which it was played. */
export interface CellOrder {
  benchmarks: readonly string[];
  policies: readonly string[];
}

interface Named {
  benchmark: string;
  policy_name: string;
}

const placeIn = (names: readonly string[], name: string) => {
  const place = names.indexOf(name);
  return place < 0 ? names.length : place;
};

function placeOfPolicy(name: string, { policies }: CellOrder): number {
  if (name === baselineName) return -1;
  return name === noiseName ? policies.length + 1 : placeIn(policies, name);
}

/** Stable: equals stay as they came. */
export function inOrder<T>(items: Iterable<T>, nameOf: (item: T) => Named, order: CellOrder): T[] {
  return [...items].sort((a, b) => {
    const [left, right] = [nameOf(a), nameOf(b)];
    return (
      placeIn(order.benchmarks, left.benchmark) - placeIn(order.benchmarks, right.benchmark) ||
      placeOfPolicy(left.policy_name, order) - placeOfPolicy(right.policy_name, order)
    );
  });
}
