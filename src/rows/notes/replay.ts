import { note } from './note.ts';

/** What has to be said of the times of replayed answers. A replay that keeps the recorded pace ends in `paced`. */
export const replay = note({
  ...{ name: 'replay', kind: 'note' },
  columns: ['backend'],
  needs: ['checks'],
  open({ checks }) {
    let isReplayed = false;
    return {
      read({ backend }) {
        isReplayed ||= backend === 'replay';
      },
      say: () =>
        isReplayed && !checks.backend?.endsWith(' paced')
          ? [
              'answers were replayed from a recording: every time, rate and verdict on times is that of the replay on this machine, not of the server that was recorded',
            ]
          : [],
    };
  },
});
