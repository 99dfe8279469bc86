/** What says that a cell's policy acted: its two halves may count different things. */
import type { Cell } from '../core/index.ts';

/** Variant → the counters that are all above zero when it acted. */
export type Acts = Readonly<Record<string, string | readonly string[]>>;

/** Under which name the counters of a variant's client half stand, where they are others than the engine half's. */
export const actsOverApi = (policyName: string): string => `${policyName} over an API`;

export function countersOfActing(
  acts: Acts,
  { policy_name, realisation }: Pick<Cell, 'policy_name' | 'realisation'>,
): readonly string[] | undefined {
  const own = realisation === 'client' ? acts[actsOverApi(policy_name)] : undefined;
  const found = own ?? acts[policy_name];
  return found === undefined ? undefined : [found].flat();
}
