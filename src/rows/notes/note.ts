import type { RunChecks } from '../../store/manifest.ts';
import type { BlockTime } from '../../store/read-run.ts';
import type { CellOrder } from '../order.ts';
import type { Row } from '../row.ts';

/** What a note may ask of a run besides its rows. */
export interface RunAbout {
  /** Folder of the run. */
  id: string;
  checks: RunChecks;
  /** Trials of the plan. */
  planned: number;
  /** Why trials of the plan are not there; absent where all were played. */
  incomplete?: string | undefined;
  /** What sessions said against their own times. */
  doubts: readonly string[];
  /** Most engines, most client processes, and most machines of a queue that worked at once in a session. */
  workers: { engines: number; clients: number; machines: number };
  blocks: readonly BlockTime[];
  order: CellOrder;
}

/** A run of which nothing is known but what is given: rows at hand, without a folder. */
export const bareRun = (known: Pick<RunAbout, 'id'> & Partial<RunAbout>): RunAbout => ({
  ...{ checks: {}, planned: 0, doubts: [], blocks: [] },
  workers: { engines: 1, clients: 1, machines: 1 },
  order: { benchmarks: [], policies: [] },
  ...known,
});

/** What a reader must know of a run, found in its rows: they pass by once, and a note keeps what it needs of them. */
export interface Note {
  name: string;
  /** `note` stands above the tables, `warning` below them: something is not as it should be. */
  kind: 'note' | 'warning';
  /** Columns of a row that it reads; none where the run alone tells. */
  columns: readonly string[];
  /** Facts of the run that it reads. */
  needs: readonly (keyof RunAbout)[];
  open(run: RunAbout): NoteReader;
}

export interface NoteReader<R = Row> {
  read(row: R): void;
  /** Sentences without a full stop; none where there is nothing to say. */
  say(): string[];
}

/** A note that can read no column and no fact but those it names. */
export const note = <const C extends readonly string[], const N extends readonly (keyof RunAbout)[]>(
  definition: Omit<Note, 'columns' | 'needs' | 'open'> & {
    columns: C;
    needs: N;
    open(run: Pick<RunAbout, N[number]>): NoteReader<{ readonly [name in C[number]]: Row[name] }>;
  },
): Note => definition;

/** For notes that the run alone tells. */
export const unread = () => undefined;

export const times = 'times of this run are in doubt';
