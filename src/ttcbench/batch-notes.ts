import type { Trial } from '../core/index.ts';

interface Cell {
  hasActed: boolean;
  /** KV slots that two calls wanted who did not fit together. */
  least: number;
  most: number;
  room: unknown;
}

/** Why calls that were offered together never shared a pass, where it is that two of them did not fit into the batch. */
export function batchNotes(trials: readonly Trial[]): string[] {
  const cells = new Map<string, Cell>();
  for (const { cell, params, counters } of trials) {
    const name = `${cell.policy_name} on ${cell.benchmark}`;
    const known = cells.get(name) ?? { hasActed: false, least: Infinity, most: 0, room: mostTokensOf(params) };
    cells.set(name, known);
    if ((counters.sums.shared_passes ?? 0) > 0) known.hasActed = true;
    for (const wanted of Object.keys(counters.tallies.no_room ?? {}).map(Number)) {
      known.least = Math.min(known.least, wanted);
      known.most = Math.max(known.most, wanted);
    }
  }
  return [...cells].flatMap(([name, { hasActed, least, most, room }]) => {
    if (hasActed || most === 0 || room === undefined) return [];
    const range = least === most ? String(least) : `${least} to ${most}`;
    return [
      `${name}: no two calls shared a pass; slots were free, but two calls want ${range} KV slots (prompts and token limits) and max_batch_tokens is ${room}: raise it, or lower --max-tokens`,
    ];
  });
}

/** Of a composition its member's. */
function mostTokensOf(params: Record<string, unknown>): unknown {
  const members = Object.values(params).map((one) => (one as { max_batch_tokens?: unknown } | null)?.max_batch_tokens);
  return params.max_batch_tokens ?? members.find((one) => one !== undefined);
}
