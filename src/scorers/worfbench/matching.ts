/**
 * Maximum-weight matching of a bipartite graph by successive shortest augmenting paths with potentials (H. W. Kuhn
 * 1955, "The Hungarian method for the assignment problem"; the O(rows²·columns) form). Pairs of weight 0 are no edges,
 * so a row may stay single and the matching need not have maximum cardinality.
 *
 * @param weights rows × columns, none negative
 * @returns for each row its column, or −1
 */
export function maximumWeightMatching(weights: readonly (readonly number[])[]): number[] {
  const rows = weights.length;
  const columns = weights[0]?.length ?? 0;
  if (rows > columns) return matchColumns(weights, rows, columns);
  const owner = assign(rows, columns, (row, column) => -(weights[row]?.[column] as number));
  const partner = new Array<number>(rows).fill(-1);
  owner.forEach((row, column) => {
    if (row >= 0 && (weights[row]?.[column] as number) > 0) partner[row] = column;
  });
  return partner;
}

/** The same with the sides exchanged: the assignment wants no more rows than columns. */
function matchColumns(weights: readonly (readonly number[])[], rows: number, columns: number): number[] {
  const transposed = Array.from({ length: columns }, (_, column) => weights.map((row) => row[column] as number));
  const partner = new Array<number>(rows).fill(-1);
  if (columns === 0) return partner;
  maximumWeightMatching(transposed).forEach((row, column) => {
    if (row >= 0) partner[row] = column;
  });
  return partner;
}

/** Assigns every row to a column of its own at least total cost; returns the row of each column, or −1. */
function assign(rows: number, columns: number, cost: (row: number, column: number) => number): number[] {
  const rowPrice = new Float64Array(rows);
  const columnPrice = new Float64Array(columns);
  const owner = new Array<number>(columns).fill(-1);
  for (let row = 0; row < rows; row++) augment(row, { columns, cost, rowPrice, columnPrice, owner });
  return owner;
}

interface Assignment {
  columns: number;
  cost: (row: number, column: number) => number;
  rowPrice: Float64Array;
  columnPrice: Float64Array;
  owner: number[];
}

/** Grows a shortest-path tree from a free row to the nearest free column, then flips the path. */
function augment(start: number, { columns, cost, rowPrice, columnPrice, owner }: Assignment): void {
  const distance = new Float64Array(columns).fill(Number.POSITIVE_INFINITY);
  const previous = new Int32Array(columns).fill(-1);
  const reached = new Uint8Array(columns);
  const tree: { row: number; column: number }[] = [{ row: start, column: -1 }];
  let end = -1;
  while (end < 0) {
    const { row, column: arrival } = tree.at(-1) as { row: number; column: number };
    let nearest = -1;
    for (let column = 0; column < columns; column++) {
      if (reached[column]) continue;
      const reduced = cost(row, column) - (rowPrice[row] as number) - (columnPrice[column] as number);
      if (reduced < (distance[column] as number)) {
        distance[column] = reduced;
        previous[column] = arrival;
      }
      if (nearest < 0 || (distance[column] as number) < (distance[nearest] as number)) nearest = column;
    }
    const step = distance[nearest] as number;
    for (const { row: settled, column } of tree) {
      rowPrice[settled] = (rowPrice[settled] as number) + step;
      if (column >= 0) columnPrice[column] = (columnPrice[column] as number) - step;
    }
    for (let column = 0; column < columns; column++)
      if (!reached[column]) distance[column] = (distance[column] as number) - step;
    reached[nearest] = 1;
    if (owner[nearest] === -1) end = nearest;
    else tree.push({ row: owner[nearest] as number, column: nearest });
  }
  for (let column = end; column >= 0; ) {
    const before = previous[column] as number;
    owner[column] = before >= 0 ? (owner[before] as number) : start;
    column = before;
  }
}
