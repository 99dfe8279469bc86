/** The tree of a template. */
import type { Value } from './values.ts';

export type Expression =
  | { type: 'constant'; value: Value }
  | { type: 'name'; name: string }
  | { type: 'list' | 'tuple' | 'concat'; items: readonly Expression[] }
  | { type: 'dict'; pairs: readonly (readonly [Expression, Expression])[] }
  | { type: 'attribute'; of: Expression; name: string }
  | { type: 'item'; of: Expression; index: Expression }
  | { type: 'slice'; of: Expression; from?: Expression; to?: Expression; step?: Expression }
  | { type: 'call'; callee: Expression; args: Arguments }
  | { type: 'filter'; name: string; of: Expression; args: Arguments }
  | { type: 'test'; name: string; of: Expression; args: Arguments }
  | { type: 'unary'; operator: '-' | '+' | 'not'; of: Expression }
  | { type: 'binary'; operator: string; left: Expression; right: Expression }
  | { type: 'logic'; operator: 'and' | 'or'; left: Expression; right: Expression }
  | { type: 'compare'; first: Expression; rest: readonly { operator: string; value: Expression }[] }
  | { type: 'condition'; test: Expression; yes: Expression; no?: Expression };

export interface Arguments {
  positional: readonly Expression[];
  named: readonly (readonly [string, Expression])[];
  /** After `*` and `**`. */
  list?: Expression;
  dict?: Expression;
}

export type Target =
  | { type: 'name'; name: string }
  | { type: 'field'; of: string; name: string }
  | { type: 'targets'; items: readonly Target[] };

export interface Parameter {
  name: string;
  fallback?: Expression;
}

export interface Macro {
  name: string;
  parameters: readonly Parameter[];
  body: readonly Statement[];
  /** What the body mentions of `caller`, `varargs` and `kwargs`: only then does it take them. */
  mentions: ReadonlySet<string>;
}

/** A filter without what it is applied to. */
export interface FilterUse {
  name: string;
  args: Arguments;
}

export type Statement =
  | { type: 'data'; text: string }
  | { type: 'output'; value: Expression }
  | { type: 'if'; branches: readonly { test?: Expression; body: readonly Statement[] }[] }
  | {
      type: 'for';
      target: Target;
      over: Expression;
      filter?: Expression;
      recursive: boolean;
      body: readonly Statement[];
      otherwise: readonly Statement[];
    }
  | { type: 'set'; target: Target; value: Expression }
  | { type: 'set-block'; target: Target; filters: readonly FilterUse[]; body: readonly Statement[] }
  | { type: 'macro'; macro: Macro }
  | { type: 'call-block'; call: Expression; macro: Macro }
  | { type: 'filter-block'; filters: readonly FilterUse[]; body: readonly Statement[] }
  | { type: 'with'; values: readonly { target: Target; value: Expression }[]; body: readonly Statement[] }
  | { type: 'group'; body: readonly Statement[] }
  | { type: 'break' | 'continue' };
