import { inOrder } from '../order.ts';
import { note } from './note.ts';

interface Cell {
  policy_name: string;
  benchmark: string;
  hasActed: boolean;
  /** Fewest and most KV slots that two calls wanted together and did not get. */
  least: number;
  most: number;
  room: number | undefined;
}

/** Says where calls never shared a pass because no two of them fit into the batch. */
export const batch = note({
  ...{ name: 'batch', kind: 'note' },
  columns: ['policy_name', 'benchmark', 'no_room_least', 'no_room_most', 'batch_room', 'counter_shared_passes'],
  needs: ['order'],
  open({ order }) {
    const cells = new Map<string, Cell>();
    return {
      read({ policy_name, benchmark, no_room_least, no_room_most, batch_room, counter_shared_passes }) {
        const name = `${policy_name} on ${benchmark}`;
        const fresh = { policy_name, benchmark, hasActed: false, least: Infinity, most: 0, room: batch_room };
        const known = cells.get(name) ?? fresh;
        cells.set(name, known);
        if (typeof counter_shared_passes === 'number' && counter_shared_passes > 0) known.hasActed = true;
        known.least = Math.min(known.least, no_room_least ?? Infinity);
        known.most = Math.max(known.most, no_room_most ?? 0);
      },
      say: () => inOrder(cells.values(), (cell) => cell, order).flatMap(sentenceOf),
    };
  },
});

function sentenceOf({ policy_name, benchmark, hasActed, least, most, room }: Cell): string[] {
  if (hasActed || most === 0 || room === undefined) return [];
  const range = least === most ? String(least) : `${least} to ${most}`;
  return [
    `${policy_name} on ${benchmark}: no two calls shared a pass. Slots were free, but two calls together want ${range} KV slots (prompts and token limits) and max_batch_tokens is ${room}: raise it, or lower --max-tokens`,
  ];
}
