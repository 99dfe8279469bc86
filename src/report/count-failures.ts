import { groupBy } from '../core/index.ts';
import type { Row } from '../rows/index.ts';

export interface FailureCount {
  status: 'failed' | 'unsupported';
  code: string;
  /** Of the first trial that failed so; others may differ in numbers. */
  message: string;
  count: number;
}

/** Numbers that differ from trial to trial: tokens, seconds, samples. A status (`answered 503:`) and a port stay. */
const varying = /(?<!answered )(?<=[ (])\d[\d.,]*/g;

/** One entry per cause: failures that share a code may have nothing else in common. In the order in which they came. */
export function createFailureCounts() {
  const counts = new Map<string, FailureCount>();
  return {
    read({ status, error_code, error_message }: Pick<Row, 'status' | 'error_code' | 'error_message'>): void {
      if (status === 'ok') return;
      const [code, message] = [error_code ?? 'E_BACKEND', error_message ?? 'no reason on record'];
      const cause = `${status} ${code} ${message.replace(varying, '#')}`;
      const known = counts.get(cause) ?? { status, code, message, count: 0 };
      counts.set(cause, known);
      known.count++;
    },
    counts: (): FailureCount[] => [...counts.values()],
  };
}

const mostCauses = 3;

/** Of every status and code the most frequent causes, and the rest in one entry. */
export function frequentFailures(failures: readonly FailureCount[]): FailureCount[] {
  const kinds = groupBy(failures, ({ status, code }) => `${status} ${code}`);
  return [...kinds.values()].flatMap((kind) => {
    const ranked = kind.toSorted((a, b) => b.count - a.count);
    const rest = ranked.slice(mostCauses);
    if (rest.length < 2) return ranked;
    const count = rest.reduce((sum, { count }) => sum + count, 0);
    const words = `and ${rest.length} other causes, which report --json lists`;
    return [...ranked.slice(0, mostCauses), { ...(rest[0] as FailureCount), count, message: words }];
  });
}
