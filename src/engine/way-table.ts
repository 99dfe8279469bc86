/** The ways to multiply few rows that were chosen for each kind of matrix. */
import { fewRows, type Way } from './row-ways.ts';

/** What was found out about a kind of matrix. */
export interface KindWays {
  /** The way for each number of rows, from 0 to `fewRows`. */
  byRows: readonly Way[];
  /** The way for more rows. */
  beyond: Way;
  /** Numbers of rows for which no way gives the bits of single rows. */
  without: readonly number[];
}

export interface WayTable {
  readonly kinds: ReadonlyMap<string, KindWays>;
  set(kind: string, ways: KindWays): void;
  /**
   * How a kind of matrix is multiplied with so many rows: together, until ways were chosen.
   * @param prompt rows of a prompt need no bits of single rows
   */
  of(kind: string, rows: number, prompt: boolean): Way;
}

export function createWayTable(): WayTable {
  const kinds = new Map<string, KindWays>();
  return {
    kinds,
    set: (kind, ways) => void kinds.set(kind, ways),
    of(kind, rows, prompt) {
      const found = kinds.get(kind);
      if (rows === 1 || prompt || !found) return 'together';
      return rows <= fewRows ? (found.byRows[rows] as Way) : found.beyond;
    },
  };
}

/** Ways by runs of row counts, for people: `2-4 rows single, 5 rows first`; nothing where all rows go together. */
export function describeWays({ byRows, without, beyond }: KindWays): string {
  const runs: { from: number; to: number; way: string }[] = [];
  for (let rows = 2; rows <= fewRows; rows++) {
    const way = without.includes(rows) ? 'none with the bits of one row' : (byRows[rows] as Way);
    const last = runs.at(-1);
    if (last?.way === way) last.to = rows;
    else runs.push({ from: rows, to: rows, way });
  }
  const few = runs
    .filter(({ way }) => way !== 'together')
    .map(({ from, to, way }) => `${from === to ? from : `${from}-${to}`} rows ${way}`);
  return [...few, ...(beyond === 'together' ? [] : [`more rows ${beyond}`])].join(', ');
}
