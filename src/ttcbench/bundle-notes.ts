import type { Trial } from '../core/index.ts';

/** Above this share of events, times between tokens are those of a buffer on the way. */
const MOST_BUNDLED = 0.5;

/** What has to be said of times between tokens: backends most of whose events came several to a read of the socket. */
export function bundleNotes(trials: readonly Trial[]): string[] {
  const counts = new Map<string, { all: number; bundled: number }>();
  for (const { cell, turns } of trials) {
    if (cell.realisation !== 'client') continue;
    const name = `${cell.backend} ${cell.model}`;
    const count = counts.get(name) ?? { all: 0, bundled: 0 };
    counts.set(name, count);
    for (const { at, events } of turns) {
      count.all += events ? sum(events) : at.length;
      count.bundled += events ? sum(events.filter((together) => together > 1)) : 0;
    }
  }
  return [...counts].flatMap(([name, { all, bundled }]) =>
    bundled > MOST_BUNDLED * all
      ? [
          `${name}: ${Math.round((100 * bundled) / all)} % of the events shared a read of the socket: the server, or something on the way, sends them in bundles, and times between tokens are times between bundles`,
        ]
      : [],
  );
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
