/** Rows as JSON Lines in a file aside: what DuckDB reads fastest of what JavaScript writes fast. */
import { open } from 'node:fs/promises';
import type { MeasuredTrial } from '../rows/index.ts';

export interface WrittenLines {
  rows: number;
  /** Bytes of the longest line at most; DuckDB sets so much memory aside. */
  longest: number;
}

const chunk = 1 << 20;
/** What DuckDB takes without being asked. */
const usual = 16 << 20;

/** A lone half of a pair is no character: as U+FFFD the line can be read. Its escape is not to be mistaken for `\\ud800`. */
const loneHalf = /(?<!\\)((?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/gi;

export async function writeLines(path: string, rows: AsyncIterable<MeasuredTrial>): Promise<WrittenLines> {
  const file = await open(path, 'w');
  const written = { rows: 0, longest: usual };
  try {
    let text = '';
    for await (const { row } of rows) {
      const line = lineOf(row);
      // A character takes three bytes at most, and a half of a pair two.
      if (3 * line.length > written.longest) written.longest = 3 * line.length;
      written.rows++;
      text += line;
      if (text.length < chunk) continue;
      await file.appendFile(text);
      text = '';
    }
    await file.appendFile(text);
  } finally {
    await file.close();
  }
  return written;
}

function lineOf(row: object): string {
  const text = JSON.stringify(row);
  return `${text.includes('\\ud') ? text.replace(loneHalf, '$1\ufffd') : text}\n`;
}
