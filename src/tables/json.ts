import type { ExportTable, ExportValue } from './read-table.ts';

/** A list of objects, one a line. A value that is not there is left out, as in a row. */
export async function* jsonOf({ columns, batches }: ExportTable): AsyncGenerator<string> {
  const names = columns.map(({ name }) => `${JSON.stringify(name)}:`);
  const isJson = columns.map(({ kind }) => kind === 'json');
  let separator = '[\n';
  for await (const rows of batches()) {
    let text = '';
    for (const row of rows) {
      let fields = '';
      for (let at = 0; at < row.length; at++) {
        const value = row[at] as ExportValue;
        if (value !== null) fields += `${fields && ','}${names[at]}${isJson[at] ? value : JSON.stringify(value)}`;
      }
      text += `${separator}{${fields}}`;
      separator = ',\n';
    }
    yield text;
  }
  yield separator === '[\n' ? '[]\n' : '\n]\n';
}
