import type { Trial } from '../core/index.ts';

/** Why calls that were offered together never shared a pass, where it is that no two of them fit into the batch. */
export function batchNotes(trials: readonly Trial[]): string[] {
  const cells = new Map<string, Trial[]>();
  for (const trial of trials) {
    const { policy_name, benchmark } = trial.cell;
    const name = `${policy_name} on ${benchmark}`;
    cells.set(name, [...(cells.get(name) ?? []), trial]);
  }
  return [...cells].flatMap(([name, members]) => {
    const wanted = members.flatMap(({ counters }) => Object.keys(counters.tallies.no_room ?? {}).map(Number));
    const most = mostTokensOf(members[0]?.params ?? {});
    const hasActed = members.some(({ counters }) => (counters.sums.shared_passes ?? 0) > 0);
    if (hasActed || wanted.length === 0 || most === undefined) return [];
    return [
      `${name}: no two calls shared a pass; slots were free, but two calls want ${rangeOf(wanted)} KV slots (prompts and token limits) and max_batch_tokens is ${most}: raise it, or lower --max-tokens`,
    ];
  });
}

/** Of a composition its member's. */
function mostTokensOf(params: Record<string, unknown>): unknown {
  const members = Object.values(params).map((one) => (one as { max_batch_tokens?: unknown } | null)?.max_batch_tokens);
  return params.max_batch_tokens ?? members.find((one) => one !== undefined);
}

function rangeOf(numbers: readonly number[]): string {
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  return least === most ? String(least) : `${least} to ${most}`;
}
