import { note, unread } from './note.ts';

/** Why nothing that shares passes is called exact. */
export const rowInvariance = note({
  ...{ name: 'row invariance', kind: 'note' },
  columns: [],
  needs: ['checks'],
  open: ({ checks: { rowInvariance } }) => ({
    read: unread,
    say: () =>
      rowInvariance?.label === 'numeric'
        ? [
            `on this machine the last bits of a row's results change with the number of rows in its pass (${rowInvariance.differing?.join(', ')} rows), so only the baseline and its controls are called exact`,
          ]
        : [],
  }),
});
