import { inOrder } from '../order.ts';
import { note } from './note.ts';

interface Cell {
  policy_name: string;
  benchmark: string;
  known: number;
  empty: number;
}

/** Answers that hold nothing: they are fast, and no user wants them. */
export const emptyAnswers = note({
  ...{ name: 'empty answers', kind: 'warning' },
  columns: ['policy_name', 'benchmark', 'empty_answer'],
  needs: ['order'],
  open({ order }) {
    const cells = new Map<string, Cell>();
    return {
      read({ policy_name, benchmark, empty_answer }) {
        if (empty_answer === undefined) return;
        const where = `${policy_name} on ${benchmark}`;
        const cell = cells.get(where) ?? { policy_name, benchmark, known: 0, empty: 0 };
        cells.set(where, cell);
        cell.known++;
        if (empty_answer === 1) cell.empty++;
      },
      say: () =>
        inOrder(cells.values(), (cell) => cell, order).flatMap(({ policy_name, benchmark, known, empty }) =>
          empty > 0
            ? [
                `${policy_name} on ${benchmark}: ${empty} of ${known} answers are empty; their times say nothing, and they keep no objective`,
              ]
            : [],
        ),
    };
  },
});
