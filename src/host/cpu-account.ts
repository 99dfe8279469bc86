import { processCpu } from '../core/index.ts';

/**
 * Divides the CPU time of the process among the calls in flight, so that all of it is paid for and none twice. What the
 * engine spent on a call's rows is the call's own. The rest (sampling, books of policies, moves in caches, messages,
 * the collector of garbage) is a lone call's; calls that share the process share it equally, whoever caused it.
 */
export interface CpuAccount {
  /**
   * A call begins.
   * @param engineMs CPU milliseconds that the engine charged to it so far
   * @returns ends it and gives its milliseconds beyond those of the engine
   */
  enter(engineMs: () => number): () => number;
}

interface Payer {
  engineMs(): number;
  charged: number;
  rest: number;
}

/** @param clock CPU milliseconds of the process */
export function createCpuAccount(clock: () => number = processCpu): CpuAccount {
  const payers = new Set<Payer>();
  let settled = clock();

  function settle(): void {
    const now = clock();
    let rest = now - settled;
    settled = now;
    for (const payer of payers) {
      const charged = payer.engineMs();
      rest -= charged - payer.charged;
      payer.charged = charged;
    }
    for (const payer of payers) payer.rest += rest / payers.size;
  }

  return {
    enter(engineMs) {
      settle();
      const payer: Payer = { engineMs, charged: engineMs(), rest: 0 };
      payers.add(payer);
      return () => {
        settle();
        payers.delete(payer);
        return payer.rest;
      };
    },
  };
}
