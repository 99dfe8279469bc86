// Brings the Parquet of a run up to date, again and again, in a process of its own: tests kill it at any moment.
// Usage: node publish.mjs FOLDER. Prints a line for each time that it has published.
import { writeSync } from 'node:fs';

const { publishTables } = await import(new URL('../../dist/ttcbench/open-tables.js', import.meta.url).href);
for (let round = 0; ; round++) {
  const { was, rows } = await publishTables(process.argv[2], { rebuild: round % 2 === 0 });
  writeSync(1, `${was} ${rows}\n`);
}
