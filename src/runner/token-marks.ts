import type { Mark, TokenMarks } from '../core/index.ts';

/** Adds what a policy said about tokens, the first of which has this index. Lists end with their last mark. */
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
