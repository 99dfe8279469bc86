import { note } from './note.ts';

/** What compared texts, and why nothing did. */
export const encoder = note({
  ...{ name: 'encoder', kind: 'note' },
  columns: ['status', 'encoder'],
  needs: ['checks'],
  open({ checks: { similarity = {}, no_encoder } }) {
    const encoders = new Set<string>();
    let finished = 0;
    let without = 0;
    return {
      read(row) {
        if (row.status !== 'ok') return;
        finished++;
        if (row.encoder === undefined) without++;
        else encoders.add(row.encoder);
      },
      say: () => [
        ...Object.entries(similarity).map(
          ([benchmark, by]) =>
            `${benchmark} compares texts by ${by}: its scores cannot be compared with those of another similarity`,
        ),
        ...[...encoders].map((one) => `semantic_similarity is the cosine of sentence vectors by ${one}`),
        ...(without > 0 && no_encoder
          ? [`semantic_similarity is missing in ${without} of ${finished} trials: ${no_encoder}`]
          : []),
      ],
    };
  },
});
