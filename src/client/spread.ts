/** How calls are spread over several servers, and how one that fails is left alone for a while. */
import type { Call } from '../core/index.ts';
import type { Endpoint } from './endpoint.ts';

export interface Spread {
  /** Takes the endpoint for a call; `release` when the call ended. */
  take(call: Call): Endpoint;
  /** @param fault whether the endpoint failed: undefined where its answer says nothing of its health */
  release(endpoint: Endpoint, fault?: boolean): void;
  /** No more calls of this conversation: its next one may go anywhere. */
  forget(conversation: string): void;
}

interface State {
  busy: number;
  /** Failures since the last good answer. */
  faults: number;
  /** Milliseconds of the clock. */
  restsUntil: number;
}

const firstRest = 1000;
const longestRest = 60_000;

/**
 * Fewest calls in flight first, ties in turn; turns of a conversation stay at one server, where its cache is. A server
 * that fails answers fastest and would draw all calls: it rests a second, and twice as long after each further failure.
 * Then one call tries it again.
 *
 * @param clock milliseconds
 */
export function spread(endpoints: readonly Endpoint[], clock: () => number = () => performance.now()): Spread {
  const states = new Map(
    endpoints.map((endpoint): [Endpoint, State] => [endpoint, { busy: 0, faults: 0, restsUntil: 0 }]),
  );
  const homes = new Map<string, Endpoint>();
  let turn = 0;

  const stateOf = (endpoint: Endpoint) => states.get(endpoint)!;

  function isFit(endpoint: Endpoint, time: number): boolean {
    const { faults, restsUntil, busy } = stateOf(endpoint);
    return faults === 0 || (time >= restsUntil && busy === 0);
  }

  function idlest(): Endpoint {
    const time = clock();
    const rotated = endpoints.map((_, i) => endpoints[(i + turn) % endpoints.length]!);
    turn++;
    const fit = rotated.filter((endpoint) => isFit(endpoint, time));
    return (fit.length > 0 ? fit : rotated).reduce((best, other) =>
      stateOf(other).busy < stateOf(best).busy ? other : best,
    );
  }

  function choose(call: Call): Endpoint {
    const conversation = call.conversation?.id;
    const home = conversation === undefined ? undefined : homes.get(conversation);
    if (home && isFit(home, clock())) return home;
    const endpoint = idlest();
    if (conversation !== undefined) homes.set(conversation, endpoint);
    return endpoint;
  }

  return {
    take(call) {
      const endpoint = endpoints.length === 1 ? endpoints[0]! : choose(call);
      stateOf(endpoint).busy++;
      return endpoint;
    },
    release(endpoint, fault) {
      const state = stateOf(endpoint);
      state.busy--;
      if (fault === undefined) return;
      if (!fault) state.faults = 0;
      // Calls that were in flight together fail together: that is one failure.
      else if (clock() >= state.restsUntil) {
        state.faults++;
        state.restsUntil = clock() + Math.min(longestRest, firstRest * 2 ** (state.faults - 1));
      }
    },
    forget: (conversation) => void homes.delete(conversation),
  };
}
