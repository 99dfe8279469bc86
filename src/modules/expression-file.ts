/** A file of metrics that are expressions over columns: `{ "ms_per_token": { "expression": "generation_time / completion_tokens" } }`. */
import { existsSync } from 'node:fs';
import { didYouMean, didYouMeanFile, readTextIfThere, TtcError } from '../core/index.ts';
import { type ExpressionOptions, expressionMetric } from '../metrics/index.ts';

export const isExpressionFile = (path: string): boolean => path.endsWith('.json');

/**
 * @returns name → what it is; every entry was checked
 * @throws TtcError E_ARGUMENT where the file cannot be read or an entry is none
 */
export function readExpressions(path: string): Record<string, ExpressionOptions> {
  const entries = Object.entries(entriesOf(path)).map(([name, entry]) => [name, optionsOf(path, name, entry)] as const);
  for (const [name, options] of entries) expressionMetric(name, options);
  return Object.fromEntries(entries);
}

function entriesOf(path: string): Record<string, unknown> {
  const text = readTextIfThere(path, { name: `--metrics ${path}`, code: 'E_ARGUMENT', most: 2 ** 20 });
  if (text === undefined) throw wrong(path, `there is no such file${didYouMeanFile(path)}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrong(path, 'is no JSON');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw wrong(path, 'holds no object of metrics');
}

function optionsOf(path: string, name: string, entry: unknown): ExpressionOptions {
  const options = typeof entry === 'string' ? { expression: entry } : entry;
  const { expression } = (options ?? {}) as { expression?: unknown };
  if (typeof options !== 'object' || typeof expression !== 'string')
    throw wrong(path, `${JSON.stringify(name)} has no text under "expression"`);
  return options as ExpressionOptions;
}

const wrong = (path: string, what: string) =>
  new TtcError('E_ARGUMENT', `--metrics ${path}: ${what}`, {
    help: 'such a file is { "ms_per_token": { "expression": "generation_time / completion_tokens" } }',
  });

/**
 * A misspelt column is no value of any trial: the metric would be missing without a word.
 * @param modules what `--metrics` named: files of code have no columns
 * @param isColumn whether trials may have a column of this name
 * @param columns those that may be meant
 * @throws TtcError E_ARGUMENT for the first column that there is not
 */
export function checkColumns(
  modules: readonly string[],
  isColumn: (name: string) => boolean,
  columns: readonly string[],
): void {
  for (const path of modules.filter(isExpressionFile)) {
    for (const [name, options] of Object.entries(readExpressions(path))) {
      const unknown = expressionMetric(name, options).columns.find((column) => !isColumn(column));
      if (unknown !== undefined) throw noColumn(`--metrics ${path}: ${name}: `, unknown, columns);
    }
  }
}

export const noColumn = (place: string, column: string, columns: readonly string[]): TtcError =>
  new TtcError('E_ARGUMENT', `${place}there is no column ${column}${didYouMean(column, columns)}`, {
    help: 'columns are metrics, scores, and counters as counter_NAME: docs/metrics.md',
  });

/** What such a file is with one more metric in it, or another under the name. @throws TtcError E_ARGUMENT as `readExpressions` */
export function withExpression(path: string, name: string, options: ExpressionOptions): string {
  expressionMetric(name, options);
  const known = existsSync(path) ? readExpressions(path) : {};
  return `${JSON.stringify({ ...known, [name]: options }, null, 2)}\n`;
}
