/** Metrics that are an expression over columns: data, not code, so a page may take them from whoever looks at it. */
import { type Metric, TtcError } from '../core/index.ts';
import { ExpressionError, parseExpression } from './expression.ts';
import { metrics } from './registry.ts';
import { checkedOptions, type UserMetricOptions } from './user-metric.ts';

export interface ExpressionOptions extends UserMetricOptions {
  expression: string;
}

export interface ExpressionMetric extends Metric {
  expression: string;
  /** Columns that it reads. */
  columns: readonly string[];
  /** @param scope column → its value */
  evaluate(scope: (column: string) => number | undefined): number | undefined;
}

/** Computed after all that an expression could read. */
const later: ReadonlySet<string> = new Set(['slo_attainment']);
const known = new Map(metrics.filter(({ name }) => !later.has(name)).map((metric) => [metric.name, metric]));
const counter = /^counter_/;

/** Columns that a trial of any run may have, beside counters (`counter_passes`) and the scores of its benchmark. */
export const expressionColumns: readonly Metric[] = [...known.values()];

/**
 * Without options its unit is a ratio, and no direction is better.
 * @throws TtcError E_ARGUMENT for a name that is taken or is no word, an option that is none, an expression that cannot be read
 */
export function expressionMetric(
  name: string,
  { expression, unit = 'ratio', better = 'neither', about, ...rest }: ExpressionOptions,
): ExpressionMetric {
  const options = { unit, better, about: about ?? `${expression}, of each trial.`, ...rest };
  const { columns, value } = parsed(name, expression);
  // Trials that are offered at once wait for each other: what is made of their times cannot be compared with the baseline's.
  const waits = columns.some((column) => known.get(column)?.inBlocks !== undefined);
  return {
    ...checkedOptions(name, options),
    ...{ expression, columns, evaluate: value, group: 'work', ...(waits && { inBlocks: 'not compared' as const }) },
    of: ({ scores, counters }, { values = {} }) =>
      value((column) => {
        if (known.has(column)) return numberAt(values, column);
        return counter.test(column) ? numberAt(counters.sums, column.replace(counter, '')) : numberAt(scores, column);
      }),
  };
}

/** `constructor` is a name, too. */
function numberAt(record: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const value = Object.hasOwn(record, name) ? record[name] : undefined;
  return typeof value === 'number' ? value : undefined;
}

function parsed(name: string, expression: string) {
  try {
    return parseExpression(expression);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw new TtcError('E_ARGUMENT', `metric ${name}: ${error.message}, at character ${error.at + 1}`, {
      help: 'docs/metrics.md says what an expression may hold',
    });
  }
}
