import { note, unread } from './note.ts';

/** Who worked side by side while times were taken. */
export const workers = note({
  ...{ name: 'workers', kind: 'note' },
  columns: [],
  needs: ['workers'],
  open: ({ workers: { engines, clients } }) => ({
    read: unread,
    say: () => [
      ...(engines > 1
        ? [
            `${engines} engines worked side by side: answers and counters are those of one, but neighbours share caches and memory, so wall times are worth less; counters and CPU times say more`,
          ]
        : []),
      ...(clients > 1
        ? [
            `${clients} client processes shared the rate and the budget; each sample's trials were played by one of them`,
          ]
        : []),
    ],
  }),
});
