/** Gets cells ready before a trial's clock starts, and gives up those that hang. */
import { type Cell, createMeter, fork, hash, type Job, type Prepared, TtcError } from '../core/index.ts';
import { unlessAborted } from '../pacing/wait.ts';
import type { OpenCell } from './options.ts';

/** A cell that was not ready in time this often in a row is not waited for again: each wait costs a whole timeout. */
const STRIKES = 2;

export type PrepareCell = (job: Job, seconds: number, signal: AbortSignal) => Prepared | Promise<Prepared>;

/**
 * Opens a job's cell and waits until a call would run at once. A cell that was open and had nothing to get ready is not
 * watched again: against an API this runs thousands of times a second.
 * @throws E_TIMEOUT where that takes longer than a trial may take; whoever opens the cell gets a signal that ends it
 */
export function prepareCells(open: OpenCell): PrepareCell {
  const strikes = new Map<string, number>();
  const lasting = new WeakSet<Cell>();

  async function getReady(job: Job, seconds: number, signal: AbortSignal): Promise<Prepared> {
    const name = hash(job.cell);
    const late = new TtcError('E_TIMEOUT', `${job.cell.policy_name} was not ready for a call within ${seconds} s`, {
      help: 'raise the timeout of the benchmark, or leave the policy out',
    });
    const before = strikes.get(name) ?? 0;
    if (before >= STRIKES) throw late;
    using limit = fork({ signal, meter: createMeter() });
    const timer = setTimeout(() => limit.abort(late), Math.min(seconds * 1000, 2 ** 31 - 1));
    const prepare = async () => {
      const cell = await open(job, limit.signal);
      await cell.ready?.(limit.signal);
      return cell;
    };
    try {
      const cell = await unlessAborted(limit.signal, prepare());
      strikes.delete(name);
      if (!cell.ready) lasting.add(job.cell);
      return cell;
    } catch (error) {
      if (error === late) strikes.set(name, before + 1);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  return (job, seconds, signal) => {
    if (!lasting.has(job.cell)) return getReady(job, seconds, signal);
    // A cell may be opened anew, and then have something to get ready.
    const checked = (cell: Prepared) => (cell.ready ? getReady(job, seconds, signal) : cell);
    const cell = open(job, signal);
    return cell instanceof Promise ? cell.then(checked) : checked(cell);
  };
}
