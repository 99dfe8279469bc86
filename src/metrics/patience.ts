/** How long a metric that answers later is waited for. */

export interface Patience {
  /** The value, or what came of waiting. */
  wait<T>(metric: string, given: Promise<T>): Promise<T>;
  /** Why a metric is not asked any more. */
  over(metric: string): string | undefined;
}

/** After so many silences a metric is given up: a report of a thousand trials cannot wait for each. */
const mostSilences = 3;

/** @param seconds that one value may take */
export function createPatience(seconds = 60): Patience {
  const silences = new Map<string, number>();
  const isOver = (metric: string) => (silences.get(metric) ?? 0) >= mostSilences;
  return {
    wait: (metric, given) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          silences.set(metric, (silences.get(metric) ?? 0) + 1);
          reject(new Error(`no value came within ${seconds} s`));
        }, seconds * 1000);
        given.finally(() => clearTimeout(timer)).then(resolve, reject);
      }),
    over: (metric) =>
      silences.size > 0 && isOver(metric)
        ? `no value came ${mostSilences} times, so it was not asked again`
        : undefined,
  };
}
