/** The finished trials of a run: one JSON Lines file per writer, safe against kill -9 and loss of power. */
import { basename, join } from 'node:path';
import type { Trial } from '../core/index.ts';
import { type Durability, openAppendLog } from './append-log.ts';
import { writeAtomically } from './atomic-file.ts';
import { lockFolder } from './lock.ts';
import { type BadLine, type Entry, indexJournals, journalName, readEntry, trialsOf, wins } from './read-journals.ts';
import { sealed } from './seal.ts';

export interface Journal extends AsyncDisposable {
  /** Trials in all journals of the folder. */
  readonly size: number;
  /** Bad lines that were found and copied to `<file>.bad`. */
  readonly bad: number;
  /** Bytes of a torn line that were moved to `<file>.torn` when the journal was opened. */
  readonly torn: number;
  has(key: string): boolean;
  status(key: string): Trial['status'] | undefined;
  get(key: string): Trial | undefined;
  /** One per key: the last. Read from disk, so that memory holds one at a time. */
  trials(): Iterable<Trial>;
  /** Resolves when the trial is safe. @throws E_JOURNAL if it cannot be written */
  append(trial: Trial): Promise<void>;
  close(): Promise<void>;
}

export interface JournalOptions {
  durability?: Durability;
  /** The caller holds the folder's lock. */
  locked?: boolean;
}

/**
 * Opens `journal-<writer>.jsonl` for writing and all journals of the folder for reading. A torn tail is repaired,
 * bad lines are set aside and counted.
 * @throws E_LOCKED if another process writes to the folder
 */
export async function openJournal(folder: string, writer = 'main', options: JournalOptions = {}): Promise<Journal> {
  const file = join(folder, journalName(writer));
  const lock = options.locked ? undefined : await lockFolder(folder);
  try {
    const log = await openAppendLog(file, options.durability);
    const { entries, bad } = indexJournals(folder);
    await quarantine(bad);
    const close = async () => {
      await log.close();
      await lock?.[Symbol.asyncDispose]();
    };
    return {
      ...readersOf(entries),
      get size() {
        return entries.size;
      },
      bad: bad.length,
      torn: log.torn,
      async append(trial) {
        const { key, status, ended_at } = trial;
        // No await: while the line waits for its write the trial itself is let go.
        return log.append(sealed(JSON.stringify(trial))).then((position) => {
          const entry = { file, ...position, status, ended_at };
          if (wins(entry, entries.get(key))) entries.set(key, entry);
        });
      },
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await lock?.[Symbol.asyncDispose]();
    throw error;
  }
}

function readersOf(entries: Map<string, Entry>): Pick<Journal, 'has' | 'status' | 'get' | 'trials'> {
  return {
    has: (key) => entries.has(key),
    status: (key) => entries.get(key)?.status,
    get(key) {
      const entry = entries.get(key);
      return entry && readEntry(entry);
    },
    trials: () => ({ [Symbol.iterator]: () => trialsOf({ entries }) }),
  };
}

/** Copies, rewritten whole at every opening: the journal itself is never edited. */
async function quarantine(bad: readonly BadLine[]): Promise<void> {
  for (const file of new Set(bad.map((line) => line.file))) {
    const lines = bad.filter((line) => line.file === file);
    await writeAtomically(
      `${file}.bad`,
      lines.map(({ offset, problem, bytes }) =>
        JSON.stringify({ file: basename(file), offset, problem, line: bytes.toString('utf8') }),
      ),
    );
  }
}
