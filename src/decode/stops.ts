/** Stop strings over a stream of text pieces. */
import { TtcError } from '../core/index.ts';

export interface Stops {
  /** Text that can be shown now. Once `stopped`, everything from the stop string on is dropped. */
  push(text: string): { text: string; stopped: boolean };
  /** Text that was held back because it could have begun a stop string. */
  flush(): string;
}

/**
 * The stop string that is complete first wins; of those that end at the same character, the longest. So the result
 * does not depend on how the text is cut into pieces. Only what could begin a stop string is held back.
 * @throws E_ARGUMENT for an empty stop string
 */
export function createStops(stops: readonly string[] = []): Stops {
  if (stops.includes('')) throw new TtcError('E_ARGUMENT', 'a stop string must not be empty');
  let held = '';
  let stopped = false;
  return {
    push(text) {
      if (stopped) return { text: '', stopped };
      const all = held + text;
      const cut = firstMatch(all, stops);
      stopped = cut !== undefined;
      const shown = cut ?? all.length - openLength(all, stops);
      held = stopped ? '' : all.slice(shown);
      return { text: all.slice(0, shown), stopped };
    },
    flush() {
      const rest = held;
      held = '';
      return rest;
    },
  };
}

/** Where the stop string that is complete first begins. */
function firstMatch(text: string, stops: readonly string[]): number | undefined {
  let best: { start: number; end: number } | undefined;
  for (const stop of stops) {
    const start = text.indexOf(stop);
    if (start < 0) continue;
    const end = start + stop.length;
    if (!best || end < best.end || (end === best.end && start < best.start)) best = { start, end };
  }
  return best?.start;
}

/** Length of the longest end of the text that begins a stop string. */
function openLength(text: string, stops: readonly string[]): number {
  let longest = 0;
  for (const stop of stops)
    for (let length = Math.min(stop.length - 1, text.length); length > longest; length--)
      if (text.endsWith(stop.slice(0, length))) longest = length;
  return longest;
}
