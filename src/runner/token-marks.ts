import type { Mark, TokenMarks } from '../core/index.ts';

/**
 * Adds the marks that a policy gave to a few tokens, one list per kind of mark.
 * @param first index of the first of these tokens in the answer; tokens before it without a mark get null
 */
export function addMarks(columns: TokenMarks, first: number, marks: readonly Mark[]): void {
  marks.forEach((mark, i) => {
    for (const kind of Object.keys(mark) as (keyof Mark)[]) {
      const value = mark[kind];
      if (value === undefined) continue;
      columns[kind] ??= [];
      const column = columns[kind];
      while (column.length < first + i) column.push(null);
      column.push(value);
    }
  });
}

/** The same with an entry per token; undefined where nothing was said. */
export function wholeMarks(columns: TokenMarks, tokens: number): TokenMarks | undefined {
  const kinds = Object.values(columns);
  if (kinds.length === 0) return undefined;
  for (const column of kinds) while (column.length < tokens) column.push(null);
  return columns;
}
