import { note, unread } from './note.ts';

/** Who worked side by side while times were taken. */
export const workers = note({
  ...{ name: 'workers', kind: 'note' },
  columns: [],
  needs: ['workers'],
  open: ({ workers: { engines, clients, machines } }) => ({
    read: unread,
    say: () => [
      ...(engines > 1
        ? [
            `${engines} engines worked side by side: answers and counters are those of one, but neighbours share caches and memory, so wall times are worth less; counters and CPU times say more`,
          ]
        : []),
      ...(clients > 1
        ? [
            `${clients} client processes${machines > 1 ? ` on ${machines} machines` : ''} shared the rate and the budget${machines > 1 ? '; the way from each machine to the server is part of its times' : ''}`,
          ]
        : []),
    ],
  }),
});
