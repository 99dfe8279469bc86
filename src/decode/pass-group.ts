/** Which of the waiting passes run next, and together. */
import type { Pass } from '../core/index.ts';

/** Rows that may share a pass without a change in their bits: the engine checks so many at its start. */
const mostRows = 16;

/** What one call asks of one `forward`. */
export interface Request {
  /** Number of the call. */
  readonly call: number;
  readonly passes: readonly Pass[];
  /** Groups that ran since the request came and could have been its own. */
  passedBy: number;
}

/**
 * The next group: requests of one kind (layers, `kvOnly`, tokens or hidden rows) share a pass of at most 16 rows, a
 * prompt's chunk runs alone. Order of kinds:
 * - what was passed by `patience` times, the longest first: so nobody waits for ever;
 * - heads: cheap, and their callers come back at once to join a larger pass;
 * - chunks of prompts: cannot be shared, so the passes that can wait for their callers;
 * - passes through the fewest layers, for the same reason.
 * Earlier calls stand first in a pass, so that equal batches look equal to the engine.
 */
export function chooseGroup<R extends Request>(waiting: readonly R[], patience: number, layers: number): R[] {
  const ready = firstOfEachSequence(waiting);
  const isOverdue = ({ passedBy }: R) => Number(passedBy >= patience);
  const [first] = ready.toSorted(
    (a, b) =>
      isOverdue(b) - isOverdue(a) ||
      (isOverdue(a) ? b.passedBy - a.passedBy : rankOf(a, layers) - rankOf(b, layers)) ||
      a.call - b.call,
  );
  if (!first) return [];
  const group = [first];
  const kind = kindOf(first, layers);
  let rows = rowsOf(first);
  for (const request of ready.toSorted((a, b) => b.passedBy - a.passedBy || a.call - b.call)) {
    if (request === first || kind === undefined || kindOf(request, layers) !== kind) continue;
    if (rows + rowsOf(request) > mostRows) continue;
    rows += rowsOf(request);
    group.push(request);
  }
  return group.sort((a, b) => a.call - b.call);
}

/** Passes of one sequence run in the order in which they were asked for. */
function firstOfEachSequence<R extends Request>(waiting: readonly R[]): R[] {
  const seen = new Set<unknown>();
  return waiting.filter(({ passes }) => {
    const isFirst = passes.every(({ sequence }) => !seen.has(sequence));
    for (const { sequence } of passes) seen.add(sequence);
    return isFirst;
  });
}

const rangeOf = ({ layers = [0, Number.POSITIVE_INFINITY] }: Pass, all: number) =>
  [layers[0], Math.min(layers[1], all)] as const;

const rowsOf = ({ passes }: Request) => passes.reduce((sum, { positions }) => sum + positions.length, 0);
const hasPrompt = ({ passes }: Request) => passes.some(({ prefill }) => prefill);

/** Undefined where the request runs alone. */
function kindOf(request: Request, layers: number): string | undefined {
  if (hasPrompt(request)) return undefined;
  const kinds = new Set(
    request.passes.map((pass) => `${rangeOf(pass, layers)} ${pass.kvOnly ?? false} ${pass.tokens !== undefined}`),
  );
  const [kind] = kinds;
  return kinds.size === 1 ? kind : undefined;
}

/** Low runs first. */
function rankOf(request: Request, layers: number): number {
  const depths = request.passes.map((pass) => {
    const [from, to] = rangeOf(pass, layers);
    return to - from;
  });
  return hasPrompt(request) ? 0.5 : Math.max(...depths);
}
