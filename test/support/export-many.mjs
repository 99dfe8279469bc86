// Exports the rows of a run many times over as one spreadsheet, in a process of its own. Prints rows, bytes and the
// peak of resident memory in MiB. Usage: node export-many.mjs RUN TIMES OUT
import { statSync } from 'node:fs';

const dist = new URL('../../dist/', import.meta.url);
const { openTables } = await import(new URL('ttcbench/open-tables.js', dist).href);
const { exportFile } = await import(new URL('tables/index.js', dist).href);

const [run, times, out] = process.argv.slice(2);
const { connection } = await openTables([run]);
await connection.run(`CREATE VIEW many AS SELECT trials.* FROM trials, range(${Number(times)})`);
const { rows } = await exportFile({ connection, table: 'many' }, 'xlsx', out);
console.log(JSON.stringify({ rows, bytes: statSync(out).size, mebibytes: process.resourceUsage().maxRSS / 1024 }));
process.exit(0);
