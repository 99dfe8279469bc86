import { note } from './note.ts';

/** Trials against an API are scored after the last call. */
export const unscored = note({
  ...{ name: 'unscored', kind: 'warning' },
  columns: ['unscored'],
  needs: ['id'],
  open({ id }) {
    let [all, waiting] = [0, 0];
    return {
      read(row) {
        all++;
        if (row.unscored) waiting++;
      },
      say: () =>
        waiting > 0
          ? [`${waiting} of ${all} trials are not scored yet: \`ttcbench rescore ${id}\`, or end the run`]
          : [],
    };
  },
});
