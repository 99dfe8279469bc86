/** What a run has cost so far, and whether it may go on. */
import type { CallRecord, Generate, Prices } from '../core/index.ts';
import { tapMeter } from './tap-meter.ts';

export interface BudgetOptions {
  /** US dollars. */
  maxCost?: number;
  /** Prompt and completion tokens of all calls, cancelled ones included. */
  maxTokens?: number;
  prices?: Prices;
}

export interface Budget {
  spend(record: CallRecord): void;
  /** For `RunOptions.enough`: trials in flight are played to their end. */
  enough(): string | undefined;
  /** That reason with what was really spent, once nothing is in flight; any other reason as it is. */
  closing(reason: string): string;
}

/** What calls in flight cost beyond a limit shows only when they have ended. */
export const withSpent = (reason: string, spent: string): string => `${reason}: ${spent} with the calls in flight`;

const dollars = (cost: number): string =>
  cost >= 1 ? cost.toFixed(4) : cost.toLocaleString('en-US', { maximumSignificantDigits: 3 });

/** US dollars of a call. Cached prompt tokens have their own price where the provider has one. */
export function costOf({ usage }: CallRecord, prices: Prices): number {
  if (!usage) return 0;
  const cached = Math.min(usage.cached ?? 0, usage.prompt);
  const perMillion =
    (usage.prompt - cached) * prices.prompt +
    cached * (prices.cached ?? prices.prompt) +
    usage.completion * prices.completion;
  return perMillion / 1e6;
}

export function createBudget({ maxCost, maxTokens, prices }: BudgetOptions): Budget {
  let tokens = 0;
  let cost = 0;
  const tokenWords = `the ${maxTokens} tokens of --max-tokens-total are used`;
  const costWords = `the ${maxCost} USD of --max-cost are spent`;

  return {
    spend(record) {
      tokens += (record.usage?.prompt ?? 0) + (record.usage?.completion ?? 0);
      if (prices) cost += costOf(record, prices);
    },
    enough() {
      if (maxTokens !== undefined && tokens >= maxTokens) return tokenWords;
      if (maxCost !== undefined && cost >= maxCost) return costWords;
      return undefined;
    },
    closing(reason) {
      if (reason === tokenWords) return withSpent(reason, `${tokens} tokens`);
      return reason === costWords ? withSpent(reason, `${dollars(cost)} USD`) : reason;
    },
  };
}

export function budgeted(generate: Generate, budget: Budget): Generate {
  return (call, context) => {
    const meter = tapMeter(context.meter, (record) => {
      budget.spend(record);
      return record;
    });
    return generate(call, { ...context, meter });
  };
}
