/** What a server did that times and counts depend on, and that a reader would not expect. */
import { note } from './note.ts';

const counted = ['retried_calls', 'resent_calls', 'whole_answers', 'unfinished_answers'] as const;
const listed = ['adapted_fields', 'usage_contradictions'] as const;

/** Column → what its calls did, and what follows from it. */
const words: Record<(typeof counted)[number], readonly [what: string, so: string]> = {
  retried_calls: ['tried again', "what they waited is part of their trials' times"],
  resent_calls: [
    'sent a second time at once, because the server had closed the idle connection',
    'their times count from the intended send',
  ],
  whole_answers: ['answered in one piece and not as a stream', 'their time to the first token is not known'],
  unfinished_answers: ['ended without a finish reason', 'they count as ended by the model'],
};

/** `zero (5 trials)` */
const tallied = (counts: ReadonlyMap<string, number>) =>
  [...counts].map(([what, trials]) => `${what} (${trials} ${trials === 1 ? 'trial' : 'trials'})`).join(', ');

export const wire = note({
  ...{ name: 'wire', kind: 'note' },
  columns: ['realisation', ...counted, ...listed],
  needs: [],
  open() {
    let all = 0;
    const sums = new Map<string, { calls: number; trials: number }>();
    const kinds = { adapted_fields: new Map<string, number>(), usage_contradictions: new Map<string, number>() };
    return {
      read(row) {
        if (row.realisation !== 'client') return;
        all++;
        for (const name of counted) {
          const calls = row[name];
          if (!calls) continue;
          const known = sums.get(name) ?? { calls: 0, trials: 0 };
          sums.set(name, { calls: known.calls + calls, trials: known.trials + 1 });
        }
        for (const name of listed)
          for (const kind of row[name]?.split('; ') ?? []) kinds[name].set(kind, (kinds[name].get(kind) ?? 0) + 1);
      },
      say: () => [
        ...counted.flatMap((name) => {
          const known = sums.get(name);
          const [what, so] = words[name];
          return known ? [`calls ${what}: ${known.calls}, in ${known.trials} of ${all} trials; ${so}`] : [];
        }),
        ...(kinds.adapted_fields.size > 0
          ? [`the server refused fields, which were left out or renamed: ${tallied(kinds.adapted_fields)}`]
          : []),
        ...(kinds.usage_contradictions.size > 0
          ? [
              `the server's token counts contradict themselves or the text: ${tallied(kinds.usage_contradictions)}; docs/api-backends.md says what counts then`,
            ]
          : []),
      ],
    };
  },
});
