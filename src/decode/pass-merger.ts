/** Merges passes that wait at the same time into one ragged pass. */
import { type Engine, type Output, type Pass, TtcError } from '../core/index.ts';

/** Rows whose logits do not depend on how many share their pass: checked by the engine's tests bit by bit. */
const mostRows = 16;

export interface MergerOptions {
  /** Passes of others that may run before a waiting one. @default 8 */
  patience?: number;
}

/** Who waits for a pass. */
export interface Caller {
  /** Number of the call. Earlier ones stand first in a pass, so that equal batches look equal to the engine. */
  readonly order: number;
  readonly signal: AbortSignal;
  /** A pass that ran with those of other callers. */
  onShared(): void;
  /** Milliseconds of waiting that the engine below did not see. */
  onWaited(milliseconds: number): void;
}

interface Request {
  caller: Caller;
  passes: readonly Pass[];
  /** Requests of one kind may share a pass; undefined: runs alone. */
  kind: string | undefined;
  rank: number;
  rows: number;
  arrived: number;
  passedBy: number;
  /** Reads the outputs; never throws. */
  read(outputs: readonly Output[]): void;
  settle(): void;
  fail(error: unknown): void;
}

/**
 * `run` waits for the event loop's turn to end, so that all who can join have joined, then runs one group of the
 * waiting passes: passes of equal layers, `kvOnly` and kind of input together, a prompt's chunk always alone. Order:
 * heads (cheap, and their callers come back at once), chunks of prompts, then the passes with fewest layers; whoever
 * was passed by `patience` times goes first. Who reads slowly is not waited for.
 */
export function createPassMerger(engine: Engine, { patience = 8 }: MergerOptions = {}) {
  let waiting: Request[] = [];
  let busy = false;

  /** Runs requests as one pass; where that fails, one by one, so that each meets only its own error. */
  async function runTogether(group: readonly Request[]): Promise<void> {
    const shared = new Set(group.map(({ caller }) => caller.order)).size > 1;
    const started = performance.now();
    let own: number[] = [];
    let seen = 0;
    try {
      await engine.forward(
        group.flatMap(({ passes }) => passes),
        (outputs) => {
          seen = performance.now() - started;
          let first = 0;
          own = group.map(({ passes, read }) => {
            const begun = performance.now();
            read(outputs.slice(first, first + passes.length));
            first += passes.length;
            return performance.now() - begun;
          });
        },
      );
    } catch (error) {
      if (group.length === 1) return group[0]?.fail(error);
      for (const request of group) await runTogether([request]);
      return;
    }
    const ended = performance.now();
    group.forEach(({ caller, arrived, settle }, at) => {
      caller.onWaited(ended - arrived - seen - (own[at] as number));
      if (shared) caller.onShared();
      settle();
    });
  }

  function dropAborted(): void {
    const aborted = waiting.filter(({ caller }) => caller.signal.aborted);
    if (aborted.length === 0) return;
    waiting = waiting.filter((request) => !aborted.includes(request));
    for (const { fail } of aborted) fail(new TtcError('E_ABORTED', 'the call was aborted'));
  }

  async function runNext(): Promise<void> {
    dropAborted();
    const group = chooseGroup(waiting, patience);
    waiting = waiting.filter((request) => !group.includes(request));
    for (const request of waiting) request.passedBy++;
    if (group.length > 0) await runTogether(group);
    busy = false;
    schedule();
  }

  function schedule(): void {
    if (busy || waiting.length === 0) return;
    busy = true;
    setImmediate(() => void runNext());
  }

  return {
    run<T>(caller: Caller, passes: readonly Pass[], read: (outputs: readonly Output[]) => T): Promise<T> {
      return new Promise<T>((resolve, reject) => {
        let answer: () => void = () => undefined;
        waiting.push({
          ...describe(passes, engine.model.layers),
          caller,
          passes,
          arrived: performance.now(),
          passedBy: 0,
          read(outputs) {
            try {
              const value = read(outputs);
              answer = () => resolve(value);
            } catch (error) {
              answer = () => reject(error);
            }
          },
          settle: () => answer(),
          fail: reject,
        });
        schedule();
      });
    },
  };
}

function describe(passes: readonly Pass[], layers: number): Pick<Request, 'kind' | 'rank' | 'rows'> {
  const kinds = new Set(passes.map((pass) => kindOf(pass, layers)));
  const rows = passes.reduce((sum, { positions }) => sum + positions.length, 0);
  const depth = Math.max(0, ...passes.map(({ layers: [from, to] = [0, layers] }) => to - from));
  const isPrompt = passes.some(({ prefill }) => prefill);
  const [kind] = kinds;
  const isMixed = kinds.size !== 1 || isPrompt;
  // Behind the heads, before everything with layers: a decode pass gains from waiting, a prompt's chunk does not.
  const rank = isPrompt ? 0.5 : depth;
  return { kind: isMixed ? undefined : kind, rank, rows };
}

function kindOf({ layers = [0, Number.NaN], kvOnly = false, tokens }: Pass, all: number): string {
  const [from, to] = layers;
  return `${from} ${Number.isNaN(to) ? all : to} ${kvOnly} ${tokens !== undefined}`;
}

/** The requests that run next, as one pass. */
function chooseGroup(waiting: readonly Request[], patience: number): Request[] {
  const ready = firstOfEachSequence(waiting);
  const [first] = ready.toSorted(
    (a, b) =>
      Number(b.passedBy >= patience) - Number(a.passedBy >= patience) ||
      (a.passedBy >= patience ? b.passedBy - a.passedBy : a.rank - b.rank) ||
      a.caller.order - b.caller.order,
  );
  if (!first) return [];
  const group = [first];
  let { rows } = first;
  const others = ready.filter(
    (request) => request !== first && first.kind !== undefined && request.kind === first.kind,
  );
  for (const request of others.toSorted((a, b) => b.passedBy - a.passedBy || a.caller.order - b.caller.order)) {
    if (rows + request.rows > mostRows) continue;
    rows += request.rows;
    group.push(request);
  }
  return group.sort((a, b) => a.caller.order - b.caller.order);
}

/** Passes of one sequence run in the order in which they were asked for. */
function firstOfEachSequence(waiting: readonly Request[]): Request[] {
  const seen = new Set<unknown>();
  return waiting.filter(({ passes }) => {
    const isFirst = passes.every(({ sequence }) => !seen.has(sequence));
    for (const { sequence } of passes) seen.add(sequence);
    return isFirst;
  });
}
