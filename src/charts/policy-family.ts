import type { PolicyFamily } from './chart-types.ts';

/** How the variants of a family begin. */
const beginnings: readonly (readonly [beginning: string, family: PolicyFamily])[] = [
  ['baseline', 'baseline'],
  ['speculative_', 'speculation'],
  ['dynamic_pruning_', 'pruning'],
  ['early_exit_', 'early-exit'],
  ['adaptive_kv_', 'kv-cache'],
  ['elastic_batch_', 'elastic-batch'],
];

/** Of a variant, with or without parameters in brackets; compositions and policies of other folders are `other`. */
export function policyFamily(name: string): PolicyFamily {
  if (name.replace(/\[.*$/, '').includes('+')) return 'other';
  return beginnings.find(([beginning]) => name.startsWith(beginning))?.[1] ?? 'other';
}
