/** What a reader must know of a run. To add a note: one file, and one line here. They are said in this order. */
import type { Row } from '../row.ts';
import { batch } from './batch.ts';
import { bundle } from './bundle.ts';
import { cancelled } from './cancelled.ts';
import { coreShare } from './core-share.ts';
import { emptyAnswers } from './empty.ts';
import { encoder } from './encoder.ts';
import type { Note, RunAbout } from './note.ts';
import { ownModules } from './own-modules.ts';
import { prefixCache } from './prefix-cache.ts';
import { promises } from './promises.ts';
import { replay } from './replay.ts';
import { rowInvariance } from './row-invariance.ts';
import { cachedShares, serverCache } from './server-cache.ts';
import { incompleteRun, sessionDoubts } from './sessions.ts';
import { truncated } from './truncated.ts';
import { unscored } from './unscored.ts';
import { wire } from './wire.ts';
import { workers } from './workers.ts';

export { bareRun, type Note, type RunAbout } from './note.ts';

export const notes: readonly Note[] = [
  ...[
    sessionDoubts,
    incompleteRun,
    workers,
    coreShare,
    ownModules,
    rowInvariance,
    batch,
    replay,
    bundle,
    serverCache,
    prefixCache,
    wire,
    cancelled,
    encoder,
  ],
  ...[unscored, promises, cachedShares, truncated, emptyAnswers],
];

/** All notes on a run, whose rows pass by once. */
export function openNotes(run: RunAbout) {
  const open = notes.map((note) => ({ kind: note.kind, reader: note.open(run) }));
  const said = (kind: Note['kind']) => open.flatMap((one) => (one.kind === kind ? one.reader.say() : []));
  return {
    read(row: Row): void {
      for (const { reader } of open) reader.read(row);
    },
    notes: () => said('note'),
    warnings: () => said('warning'),
  };
}
