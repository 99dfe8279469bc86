/** Longest first by buckets of expected length, and nobody is overtaken for ever. */
import type { AdmissionRule, Ticket } from './admission.ts';

export interface SortedOptions {
  /** Expected length of a waiting call in tokens. */
  expected(ticket: Ticket): number;
  /** Ascending upper edges of the buckets. @default powers of two */
  edges?: readonly number[];
  /** A call that was overtaken this often is admitted next, before any other. While it has no room, nobody is admitted. */
  patience: number;
}

/**
 * Takes the first call that fits, longest bucket first, in order of arrival within a bucket. A call waits for at most
 * `patience` admissions of later arrivals: sorting never starves one.
 */
export function longestFirst({ expected, edges, patience }: SortedOptions): AdmissionRule {
  const place = (ticket: Ticket) => bucketOf(expected(ticket), edges);
  return (waiting, fits) => {
    const aged = waiting.find(({ overtaken }) => overtaken >= patience);
    if (aged) return fits(aged) ? aged : undefined;
    let best: Ticket | undefined;
    for (const ticket of waiting) {
      if (fits(ticket) && (!best || place(ticket) > place(best))) best = ticket;
    }
    return best;
  };
}

/** Number of the bucket that holds a length. */
export function bucketOf(length: number, edges?: readonly number[]): number {
  if (!edges) return Math.ceil(Math.log2(Math.max(1, length)));
  const at = edges.findIndex((edge) => length <= edge);
  return at < 0 ? edges.length : at;
}
