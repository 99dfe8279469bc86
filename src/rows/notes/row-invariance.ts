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
            `on this machine a row's last bits depend on how many share its pass (${rowInvariance.differing?.join(', ')} rows): only the baseline and its controls are called exact`,
          ]
        : [],
  }),
});
