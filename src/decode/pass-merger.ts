/** Merges passes that wait at the same time into one ragged pass. */
import { type Engine, type Output, type Pass, TtcError } from '../core/index.ts';
import { chooseGroup, type Request } from './pass-group.ts';

export interface MergerOptions {
  /** Passes of others that may run before a waiting one. */
  patience: number;
}

/** Who waits for a pass. */
export interface Caller {
  /** Number of the call. */
  readonly number: number;
  readonly signal: AbortSignal;
  /** A pass ran with those of other calls. */
  onShared(): void;
  /** Milliseconds of waiting that the engine below did not see. */
  onWaited(milliseconds: number): void;
}

export interface PassMerger {
  /** As `Engine.forward`. Every sequence belongs to the caller. */
  run<T>(caller: Caller, passes: readonly Pass[], read: (outputs: readonly Output[]) => T): Promise<T>;
}

interface Waiting extends Request {
  caller: Caller;
  arrived: number;
  /** Never throws: what goes wrong is told by `settle`. */
  read(outputs: readonly Output[]): void;
  settle(): void;
  fail(error: unknown): void;
}

/**
 * A group of waiting passes runs when the event loop's turn has ended, so that all calls that the last pass answered
 * have joined; who reads slowly joins a later one. See `chooseGroup` for the order.
 */
export function createPassMerger(engine: Engine, { patience }: MergerOptions): PassMerger {
  let waiting: Waiting[] = [];
  let busy = false;

  function schedule(): void {
    if (busy || waiting.length === 0) return;
    busy = true;
    setImmediate(() => void runNext());
  }

  async function runNext(): Promise<void> {
    dropAborted();
    const group = chooseGroup(waiting, patience, engine.model.layers);
    waiting = waiting.filter((request) => !group.includes(request));
    for (const request of waiting) request.passedBy++;
    if (group.length > 0) await runTogether(engine, group);
    busy = false;
    schedule();
  }

  function dropAborted(): void {
    const isAborted = ({ caller }: Waiting) => caller.signal.aborted;
    for (const { fail } of waiting.filter(isAborted)) fail(new TtcError('E_ABORTED', 'the call was aborted'));
    waiting = waiting.filter((request) => !isAborted(request));
  }

  return {
    run: (caller, passes, read) =>
      new Promise((resolve, reject) => {
        let settle: () => void = () => undefined;
        waiting.push({
          call: caller.number,
          caller,
          passes,
          passedBy: 0,
          arrived: performance.now(),
          read(outputs) {
            try {
              const value = read(outputs);
              settle = () => resolve(value);
            } catch (error) {
              settle = () => reject(error);
            }
          },
          settle: () => settle(),
          fail: reject,
        });
        schedule();
      }),
  };
}

/** Runs requests as one pass; where that fails, one by one, so that each meets only its own error. */
async function runTogether(engine: Engine, group: readonly Waiting[]): Promise<void> {
  const started = performance.now();
  let times: { ran: number; read: number[] };
  try {
    const passes = group.flatMap((request) => request.passes);
    times = await engine.forward(passes, (outputs) => ({
      ran: performance.now() - started,
      read: readAll(group, outputs),
    }));
  } catch (error) {
    if (group.length === 1) return group[0]?.fail(error);
    for (const request of group) await runTogether(engine, [request]);
    return;
  }
  const ended = performance.now();
  const isShared = group.some(({ call }) => call !== group[0]?.call);
  group.forEach(({ caller, arrived, settle }, at) => {
    caller.onWaited(ended - arrived - times.ran - (times.read[at] as number));
    if (isShared) caller.onShared();
    settle();
  });
}

/** Every request reads its own outputs; the milliseconds that each took. */
function readAll(group: readonly Waiting[], outputs: readonly Output[]): number[] {
  let first = 0;
  return group.map(({ passes, read }) => {
    const started = performance.now();
    read(outputs.slice(first, first + passes.length));
    first += passes.length;
    return performance.now() - started;
  });
}
