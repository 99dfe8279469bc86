/** Rows of trials as a file: all columns that `ttcbench export` has, the rows that the filters let through. */
import { literal, readTable } from '../tables/index.ts';
import { openTables } from '../ttcbench/index.ts';
import { type Download, tableFile } from './export-run.ts';
import type { FoundRun } from './find-runs.ts';
import { orderOf, type TrialFilter, whereOf } from './open-run-tables.ts';
import { Refusal } from './refusal.ts';

const mostAtOnce = 2;

/** Exports have a database of their own: a slow reader of a file keeps no page waiting. */
export function createTrialExports() {
  let going = 0;
  return async ({ name, folder }: FoundRun, filter: TrialFilter, format: 'csv' | 'xlsx'): Promise<Download> => {
    if (going >= mostAtOnce)
      throw new Refusal(503, `${mostAtOnce} exports are being read already: wait for one to end`);
    going++;
    let isOpen = true;
    const tables = await openTables([folder]).catch((error) => {
      going--;
      throw error;
    });
    const close = () => {
      if (!isOpen) return;
      isOpen = false;
      going--;
      tables[Symbol.dispose]();
    };
    try {
      const where = whereOf(filter, (_, value) => literal(value));
      // The folder is nobody's business but this machine's.
      const select = `SELECT * REPLACE (${literal(name)} AS run) FROM trials ${where} ${orderOf(filter)}`;
      await tables.connection.run(`CREATE OR REPLACE TEMP VIEW shown AS ${select}`);
      const { columns, batches } = await readTable(tables.connection, 'shown');
      let isRead = false;
      const read = () => {
        isRead = true;
        return closing(batches(), close);
      };
      const file = await tableFile({ columns, batches: read }, 'trials', format);
      // Whoever goes away before the first row: nobody reads, so nobody closes.
      return { ...file, onEnd: () => void (isRead || close()) };
    } catch (error) {
      close();
      throw error;
    }
  };
}

/** A reader that goes away ends the generator, too. */
async function* closing<T>(given: AsyncIterable<T>, close: () => void): AsyncGenerator<T> {
  try {
    yield* given;
  } finally {
    close();
  }
}
