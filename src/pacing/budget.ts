/** What a run has cost so far, and whether it may go on. */
import { type CallRecord, costOf, type Generate, type Prices, type Stop } from '../core/index.ts';
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
  enough(): Stop | undefined;
}

export function createBudget({ maxCost, maxTokens, prices }: BudgetOptions): Budget {
  let tokens = 0;
  let cost = 0;

  return {
    spend({ usage }) {
      if (!usage) return;
      tokens += usage.prompt + usage.completion;
      if (prices) cost += costOf(usage, prices);
    },
    enough() {
      if (maxTokens !== undefined && tokens >= maxTokens)
        return { code: 'max_tokens_total', limit: maxTokens, spent: tokens };
      if (maxCost !== undefined && cost >= maxCost) return { code: 'max_cost', limit: maxCost, spent: cost };
      return undefined;
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
