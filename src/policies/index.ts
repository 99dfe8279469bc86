/** The registry of policies: a policy is one file and a line here. Its order is that of help, docs and `--all`. */
import type { AnyPolicy } from '../core/index.ts';
import { baseline } from './baseline/baseline.ts';
import { earlyExit, earlyExitControl } from './early-exit/early-exit.ts';
import { elasticBatchGreedy, elasticBatchSorted } from './elastic-batch/elastic-batch.ts';
import { kvCosine, kvStatic } from './kv-cache/kv-cache.ts';
import { pruningEntropy, pruningTopP } from './pruning/pruning.ts';
import { layerDrafts } from './speculation/layer-drafts.ts';
import { speculative } from './speculation/speculative.ts';

export const policies: readonly AnyPolicy[] = [
  baseline,
  speculative,
  layerDrafts,
  pruningTopP,
  pruningEntropy,
  earlyExit,
  earlyExitControl,
  kvStatic,
  kvCosine,
  elasticBatchGreedy,
  elasticBatchSorted,
];

/** Policy and parameters behind a variant's name; undefined when no policy has it. */
export function findVariant(name: string): { policy: AnyPolicy; params: Record<string, unknown> } | undefined {
  for (const policy of policies) {
    const params = policy.variants[name];
    if (params) return { policy, params };
  }
  return undefined;
}
