import { note, times, unread } from './note.ts';

/** What the client or the machine did to times while the run went on. */
export const sessionDoubts = note({
  ...{ name: 'session doubts', kind: 'note' },
  columns: [],
  needs: ['doubts'],
  open: ({ doubts }) => ({ read: unread, say: () => [...new Set(doubts)].map((doubt) => `${times}: ${doubt}`) }),
});

export const incompleteRun = note({
  ...{ name: 'incomplete run', kind: 'note' },
  columns: [],
  needs: ['incomplete', 'planned'],
  open({ incomplete, planned }) {
    let finished = 0;
    return {
      read: () => void finished++,
      say: () =>
        incomplete === undefined ? [] : [`${incomplete}: ${finished} of ${planned} planned trials are finished`],
    };
  },
});
