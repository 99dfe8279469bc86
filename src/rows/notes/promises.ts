import { inOrder } from '../order.ts';
import { note } from './note.ts';

interface Cell {
  policy_name: string;
  benchmark: string;
  /** Trials that have a twin, and those that differ from it, of a policy that says it never does. */
  twins: number;
  differing: number;
  replayed: number;
  /** A server answers. */
  isServed: boolean;
}

/** What a cell promises and does not keep, and what its process lost. */
export const promises = note({
  ...{ name: 'promises', kind: 'warning' },
  columns: ['policy_name', 'benchmark', 'realisation', 'fidelity', 'agreement', 'replays'],
  needs: ['order'],
  open({ order }) {
    const cells = new Map<string, Cell>();
    return {
      read({ policy_name, benchmark, realisation, fidelity, agreement, replays }) {
        const where = `${policy_name} on ${benchmark}`;
        const fresh = {
          policy_name,
          benchmark,
          twins: 0,
          differing: 0,
          replayed: 0,
          isServed: realisation === 'client',
        };
        const cell = cells.get(where) ?? fresh;
        cells.set(where, cell);
        if (replays > 0) cell.replayed++;
        if (fidelity !== 'exact' || agreement === undefined) return;
        cell.twins++;
        if (agreement !== 1) cell.differing++;
      },
      say: () => inOrder(cells.values(), (cell) => cell, order).flatMap(sentencesOf),
    };
  },
});

/** Why the same request may get another answer. */
const servers =
  ": likely causes are the server's cache of prompts (cached and fresh passes round differently), and calls of others that share its batches";

function sentencesOf({ policy_name, benchmark, twins, differing, replayed, isServed }: Cell): string[] {
  const where = `${policy_name} on ${benchmark}`;
  const trials = replayed === 1 ? '1 trial was' : `${replayed} trials were`;
  return [
    ...(differing > 0
      ? [
          `${where} is labelled exact, but ${differing} of ${twins} trials differ from the baseline's tokens${isServed ? servers : ''}`,
        ]
      : []),
    ...(replayed > 0
      ? [`${where}: ${trials} played again because the process that played them died; no times are taken from them`]
      : []),
  ];
}
