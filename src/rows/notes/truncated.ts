import { groupBy } from '../../core/index.ts';
import { inOrder } from '../order.ts';
import { note } from './note.ts';

interface Cell {
  policy_name: string;
  benchmark: string;
  known: number;
  cut: number;
}

/** Cells most of whose answers ended at the token limit: their times and scores are those of half answers. */
export const truncated = note({
  ...{ name: 'truncated', kind: 'warning' },
  columns: ['policy_name', 'benchmark', 'truncated'],
  needs: ['order'],
  open({ order }) {
    const cells = new Map<string, Cell>();
    return {
      read(row) {
        if (row.truncated === undefined) return;
        const { policy_name, benchmark } = row;
        const where = `${policy_name} on ${benchmark}`;
        const cell = cells.get(where) ?? { policy_name, benchmark, known: 0, cut: 0 };
        cells.set(where, cell);
        cell.known++;
        if (row.truncated === 1) cell.cut++;
      },
      say: () =>
        [
          ...groupBy(
            inOrder(cells.values(), (cell) => cell, order),
            ({ benchmark }) => benchmark,
          ),
        ].flatMap(sentencesOf),
    };
  },
});

/** One sentence a benchmark: where the limit is too low for one policy, it mostly is for all. */
function sentencesOf([benchmark, cells]: [string, Cell[]]): string[] {
  const cut = cells.filter((cell) => cell.cut > cell.known / 2);
  if (cut.length === 0) return [];
  const sum = (of: (cell: Cell) => number) => cut.reduce((total, cell) => total + of(cell), 0);
  const where = cut.length === cells.length ? 'every policy' : cut.map(({ policy_name }) => policy_name).join(', ');
  return [
    `${benchmark}: ${sum((cell) => cell.cut)} of ${sum((cell) => cell.known)} answers of ${where} were cut at the token limit: raise --max-tokens`,
  ];
}
