/** Rows of texts by one of their columns: the page and its exports have the same order. */
const isNone = (text: string) => text === '–' || text === '';

function numberIn(text: string): number | undefined {
  const found = /[−-]?\d[\d,]*(\.\d+)?/.exec(text);
  return found ? Number(found[0].replaceAll(',', '').replace('−', '-')) : undefined;
}

function compare(a: string, b: string, areWords: boolean): number {
  const [x, y] = areWords ? [] : [numberIn(a), numberIn(b)];
  return x !== undefined && y !== undefined ? x - y : a.localeCompare(b, 'en', { numeric: true });
}

/** What is missing stands last, whichever way is sorted. */
export function sortRows<Row extends { texts: readonly string[] }>(
  rows: readonly Row[],
  at: number,
  order: '' | 'asc' | 'desc',
): Row[] {
  if (at < 0 || order === '') return [...rows];
  const text = (row: Row) => row.texts[at] ?? '';
  return rows.toSorted((a, b) => {
    if (isNone(text(a)) !== isNone(text(b))) return isNone(text(a)) ? 1 : -1;
    return (order === 'desc' ? -1 : 1) * compare(text(a), text(b), at === 0);
  });
}
