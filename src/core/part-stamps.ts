/** Whether the stamps of a stream can be true: what a reader sees of a source that may have moved them. */
import type { Part } from './call.ts';
import { elapsed, now } from './clock.ts';
import { TtcError } from './error.ts';

/** Parts of two streams that are read side by side may swap their places by so little. */
const swap = 5_000_000n;

export interface StampRules {
  /** Milliseconds that a part may lie behind its stamp when it arrives `after` milliseconds after the call was sent. */
  mostLate(after: number): number;
  /** A moment before which the text of the newest part cannot have existed. */
  earliest?(): bigint | undefined;
}

/**
 * Gives the parts as they are.
 * @throws E_POLICY for a part that is stamped before its call was sent, before the part in front of it, later than it
 *   arrived, before its text can have existed, or long before it arrived
 */
export async function* checkedParts(
  open: () => AsyncIterable<Part>,
  who: string,
  { mostLate, earliest }: StampRules,
): AsyncGenerator<Part> {
  const sent = now();
  let newest = sent;
  for await (const part of open()) {
    const arrived = now();
    const wrong = (what: string) =>
      new TtcError('E_POLICY', `${who}: a part of its answer ${what}`, {
        help: 'stamp a part with now() of ttcbench/core at the moment it is given away, and never move a stamp',
      });
    const { at } = part;
    if (typeof at !== 'bigint') throw wrong('has no stamp');
    if (at < sent) throw wrong(`is stamped ${shown(at, sent)} before its call was sent`);
    if (at > arrived) throw wrong(`is stamped ${shown(arrived, at)} later than it arrived`);
    if (at < newest - swap) throw wrong(`is stamped ${shown(at, newest)} before the part in front of it`);
    const possible = earliest?.() ?? sent;
    if (at < possible) throw wrong(`is stamped ${shown(at, possible)} before the pass that computed it had ended`);
    const late = elapsed(at, arrived);
    if (late > mostLate(elapsed(sent, arrived)))
      throw wrong(`is stamped ${shown(at, arrived)} before it was given away`);
    if (at > newest) newest = at;
    yield part;
  }
}

const shown = (from: bigint, to: bigint) => `${elapsed(from, to).toFixed(1)} ms`;
