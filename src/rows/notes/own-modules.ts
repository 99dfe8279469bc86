import { inOrder } from '../order.ts';
import { note, times } from './note.ts';

interface Cell {
  policy_name: string;
  benchmark: string;
  trials: number;
  wall: number;
  outside: number;
  /** Trials whose module counts other prompts than the engine does, and both counts of the first. */
  miscounted: number;
  first: { claimed: number; counted: number } | undefined;
}

const numberOf = (value: unknown) => (typeof value === 'number' ? value : 0);

/** What a module of the user's own says of itself, and the engine does not confirm. */
export const ownModules = note({
  ...{ name: 'own modules', kind: 'note' },
  columns: [
    ...(['policy_name', 'benchmark', 'status', 'busy_ms', 'counter_outside_ms'] as const),
    ...(['counter_claimed_prompt_tokens', 'counter_prompt_tokens'] as const),
  ],
  needs: ['order'],
  open({ order }) {
    const cells = new Map<string, Cell>();
    return {
      read(row) {
        const { policy_name, benchmark, status, busy_ms } = row;
        if (status !== 'ok') return;
        const name = `${policy_name} on ${benchmark}`;
        const fresh = { policy_name, benchmark, trials: 0, wall: 0, outside: 0, miscounted: 0, first: undefined };
        const cell: Cell = cells.get(name) ?? fresh;
        cells.set(name, cell);
        cell.trials++;
        cell.wall += busy_ms ?? 0;
        cell.outside += numberOf(row.counter_outside_ms);
        const claimed = numberOf(row.counter_claimed_prompt_tokens);
        if (claimed === 0) return;
        cell.miscounted++;
        cell.first ??= { claimed, counted: numberOf(row.counter_prompt_tokens) };
      },
      say: () => inOrder(cells.values(), (cell) => cell, order).flatMap(sentencesOf),
    };
  },
});

function sentencesOf({ policy_name, benchmark, trials, wall, outside, miscounted, first }: Cell): string[] {
  const where = `${policy_name} on ${benchmark}`;
  return [
    ...(outside > 0.1 * wall
      ? [
          `${times}: ${where} spent ${((100 * outside) / wall).toFixed(0)} % of its time neither in the engine nor on the CPU. It waited, or something computed that no counter sees, such as another process: its CPU time and counters are too low then`,
        ]
      : []),
    ...(first
      ? [
          `${where} says otherwise than the engine how long its prompts are, in ${miscounted} of ${trials} trials (${first.claimed} against ${first.counted} tokens in the first): the tables hold the engine's count`,
        ]
      : []),
  ];
}
