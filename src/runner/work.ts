/** The work of a run: what is in flight, and whether more may start. */
import { createMeter, fork, type Stop } from '../core/index.ts';
import type { RunOptions } from './options.ts';

export interface Work extends Disposable {
  /** Aborts with the user, or when the journal fails. */
  readonly signal: AbortSignal;
  /**
   * Whether no trial may start any more: the run was aborted, or `enough` says that a limit is reached. It remembers
   * the first such limit for `stop`, and after that it stays true.
   */
  isOver(): boolean;
  /** The limit that `isOver` met, with what has been spent until now; undefined where it met none. */
  stop(): Stop | undefined;
  /** Lets a task run. One that fails aborts all others. */
  start(task: Promise<void>): void;
  /**
   * Resolves when no task is in flight, or no more than `most`.
   * @throws what the first task that failed threw: the journal's error
   */
  idle(most?: number): Promise<void>;
}

export function openWork({ signal, enough }: Pick<RunOptions, 'signal' | 'enough'>): Work {
  const inner = fork({ signal, meter: createMeter() });
  const running = new Set<Promise<void>>();
  let fatal: { error: unknown } | undefined;
  let stop: Stop | undefined;

  return {
    signal: inner.signal,
    isOver() {
      if (!inner.signal.aborted) stop ??= enough?.();
      return inner.signal.aborted || stop !== undefined;
    },
    stop() {
      const now = stop && enough?.();
      return now?.code === stop?.code ? now : stop;
    },
    start(task) {
      const guarded = task.then(
        () => void running.delete(guarded),
        (error) => {
          fatal ??= { error };
          inner.abort(error);
          running.delete(guarded);
        },
      );
      running.add(guarded);
    },
    async idle(most = 0) {
      while (running.size > most) await (most === 0 ? Promise.all(running) : Promise.race(running));
      if (fatal) throw fatal.error;
    },
    [Symbol.dispose]: () => inner[Symbol.dispose](),
  };
}
