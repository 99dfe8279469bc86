import type { Fact } from '../text/facts.ts';
import type { Policy } from './policies.ts';
import type { Row, Tables } from './schema.ts';

export type Factor = 'Budget' | 'Authority' | 'Need' | 'Timeline';

/** What a sales call was about. */
export interface Insight {
  negative: readonly string[];
  positive: readonly string[];
  competitor: string | null;
}

/** What an agent granted in a case. */
export interface Concession {
  kind: string;
  amount: number;
}

/** The organisation: what is true of it, and the rows that show it. Both follow from size and seed. */
export interface Org {
  tables: Tables;
  byId: ReadonlyMap<string, Row>;
  /** Article Id → rule. */
  policies: ReadonlyMap<string, Policy>;
  /** Article Id → facts about a product. */
  facts: ReadonlyMap<string, readonly Fact[]>;
  /** Lead Id → factors that are not met. */
  unmet: ReadonlyMap<string, readonly Factor[]>;
  /** Opportunity Id → call. */
  insights: ReadonlyMap<string, Insight>;
  /** Case Id → what was granted. */
  concessions: ReadonlyMap<string, Concession>;
}

export const orgSizes = { S: 1, M: 4, L: 20 } as const;
export type OrgSize = keyof typeof orgSizes;
