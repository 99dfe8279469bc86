/** Stop strings over a stream of text pieces. */
import { TtcError } from '../core/index.ts';

export interface Stops {
  /**
   * Text that can be shown now. Once `stopped`, everything from the stop string on is dropped.
   * @param hidden the text is looked at but never shown: how a control token is written
   */
  push(text: string, hidden?: boolean): { text: string; stopped: boolean };
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
  /** Stretches of `held` that are never shown: from, to. */
  let secret: (readonly [number, number])[] = [];
  let stopped = false;
  /** Takes the first characters of `held`, without what is hidden there. */
  const take = (length: number): string => {
    let shown = '';
    let from = 0;
    for (const [start, end] of secret) {
      if (start >= length) break;
      shown += held.slice(from, start);
      from = Math.min(end, length);
    }
    shown += held.slice(from, length);
    held = held.slice(length);
    secret = secret.flatMap(([start, end]) =>
      end > length ? [[Math.max(0, start - length), end - length] as const] : [],
    );
    return shown;
  };
  return {
    push(text, hidden = false) {
      if (stopped) return { text: '', stopped };
      if (hidden) secret.push([held.length, held.length + text.length]);
      held += text;
      const cut = firstMatch(held, stops);
      stopped = cut !== undefined;
      const shown = take(cut ?? held.length - openLength(held, stops));
      if (stopped) held = '';
      return { text: shown, stopped };
    },
    flush: () => take(held.length),
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
