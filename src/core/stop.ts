/** Why a run ended before its plan did, where nothing went wrong. */

/**
 * `duration`: the time that was asked for is over. `max_cost` (USD), `max_tokens_total`: a limit of the user is reached.
 * `requests_per_day`: the provider takes no more today. `server_gone`: trial after trial could not connect.
 */
export type StopCode = 'duration' | 'max_cost' | 'max_tokens_total' | 'requests_per_day' | 'server_gone';

export interface Stop {
  code: StopCode;
  /** In seconds, USD, tokens or requests. Absent where nobody said it. */
  limit?: number;
  /** What was used of it, calls included that were in flight when it was reached. */
  spent?: number;
  /** What kept the server from being reached. */
  cause?: string;
}

/** Whether the run ended as it was told to, and not because it ran into a limit. */
export const endedAsAsked = (stop: Stop | undefined): boolean => stop?.code === 'duration';

const dollars = (cost: number): string =>
  cost >= 1 ? cost.toFixed(4) : cost.toLocaleString('en-US', { maximumSignificantDigits: 3 });

/** A stop in words, without a full stop. */
export function wordsOfStop({ code, limit, spent, cause }: Stop): string {
  switch (code) {
    case 'duration':
      return `the ${limit} s of --duration are over`;
    case 'max_cost':
      return `the ${limit} USD of --max-cost are spent${inFlight(spent === undefined ? undefined : `${dollars(spent)} USD`)}`;
    case 'max_tokens_total':
      return `the ${limit} tokens of --max-tokens-total are used${inFlight(spent === undefined ? undefined : `${spent} tokens`)}`;
    case 'requests_per_day':
      return `the provider's ${limit === undefined ? '' : `${limit} `}requests of the day are used up`;
    case 'server_gone':
      return `the server is gone${cause ? `: ${cause}` : ''}`;
  }
}

/** What calls in flight use beyond a limit shows only when they have ended. */
const inFlight = (spent: string | undefined) => (spent === undefined ? '' : `: ${spent} with the calls in flight`);
