/** Longest common subsequences of two token lists: the length alone, and the positions that one traceback visits. */

/** Bit masks of where each token stands in `tokens`, 32 positions a word. */
function positionMasks(tokens: readonly string[]): Map<string, Uint32Array> {
  const masks = new Map<string, Uint32Array>();
  const words = Math.ceil(tokens.length / 32);
  tokens.forEach((token, position) => {
    const mask = masks.get(token) ?? new Uint32Array(words);
    masks.set(token, mask);
    mask[position >>> 5] = (mask[position >>> 5] as number) | (1 << (position & 31));
  });
  return masks;
}

/** One step of the recurrence V ← (V + (V & M)) | (V & ~M), with the carry handed from word to word. */
function advance(row: Uint32Array, mask: Uint32Array): void {
  let carry = 0;
  for (let i = 0; i < row.length; i++) {
    const value = row[i] as number;
    const matches = mask[i] as number;
    const sum = value + ((value & matches) >>> 0) + carry;
    carry = sum > 0xffffffff ? 1 : 0;
    row[i] = (sum >>> 0) | (value & ~matches);
  }
}

/**
 * Length of the longest common subsequence, bit-parallel: H. Hyyrö 2004, "Bit-parallel LCS-length computation
 * revisited". Time |a|·|b|/32, memory |a| bits for each distinct token.
 */
export function commonSubsequenceLength(a: readonly string[], b: readonly string[]): number {
  const masks = positionMasks(a);
  const row = new Uint32Array(Math.ceil(a.length / 32)).fill(0xffffffff);
  for (const token of b) {
    const mask = masks.get(token);
    if (mask) advance(row, mask);
  }
  let length = 0;
  for (let i = 0; i < a.length; i++) if (!((row[i >>> 5] as number) & (1 << (i & 31)))) length++;
  return length;
}

/** Which neighbour of a cell has the longer subsequence: `column` is [i][j-1], `row` is [i-1][j]. */
const longer = { equal: 0, column: 1, row: 2 } as const;

/** Rows whose traceback is held at once: memory stays small for texts of any length, at one more pass over the table. */
const blockRows = 256;

/** Fills `row`, the lengths below `above`; into `steps` goes, from `at` on, which neighbour of each cell is longer. */
function fillRow(
  token: string | undefined,
  b: readonly string[],
  above: Uint32Array,
  row: Uint32Array,
  steps?: Uint8Array,
  at = 0,
): void {
  let left = 0;
  for (let j = 0; j < b.length; j++) {
    const up = above[j + 1] as number;
    if (steps) steps[at + j] = left > up ? longer.column : up > left ? longer.row : longer.equal;
    left = token === b[j] ? (above[j] as number) + 1 : Math.max(up, left);
    row[j + 1] = left;
  }
}

/** The rows of lengths above each block. */
function rowsAboveBlocks(a: readonly string[], b: readonly string[]): Uint32Array[] {
  let [above, row]: [Uint32Array, Uint32Array] = [new Uint32Array(b.length + 1), new Uint32Array(b.length + 1)];
  const rows: Uint32Array[] = [above.slice()];
  for (let i = 0; i < (Math.ceil(a.length / blockRows) - 1) * blockRows; i++) {
    fillRow(a[i], b, above, row);
    [above, row] = [row, above];
    if ((i + 1) % blockRows === 0) rows.push(above.slice());
  }
  return rows;
}

/** The steps of one block, a byte for each cell. */
function stepsOfBlock(rows: readonly string[], b: readonly string[], first: Uint32Array): Uint8Array {
  const steps = new Uint8Array(rows.length * b.length);
  let [above, row]: [Uint32Array, Uint32Array] = [first, new Uint32Array(b.length + 1)];
  for (let i = 0; i < rows.length; i++) {
    fillRow(rows[i], b, above, row, steps, i * b.length);
    [above, row] = [row, above];
  }
  return steps;
}

/**
 * Positions in `a` of one longest common subsequence, ascending. Where both ways back are equally long the traceback
 * drops the last token of the list named by `tieDrops`: implementations differ, and unions of subsequences show it.
 */
export function commonSubsequence(a: readonly string[], b: readonly string[], tieDrops: 'a' | 'b'): number[] {
  const above = rowsAboveBlocks(a, b);
  const positions: number[] = [];
  let [i, j] = [a.length, b.length];
  for (let block = above.length - 1; block >= 0 && j > 0; block--) {
    const start = block * blockRows;
    const steps = stepsOfBlock(a.slice(start, i), b, above[block] as Uint32Array);
    while (i > start && j > 0) {
      const step = steps[(i - 1 - start) * b.length + j - 1];
      if (a[i - 1] === b[j - 1]) {
        positions.push(--i);
        j--;
      } else if (step === longer.row || (step === longer.equal && tieDrops === 'a')) i--;
      else j--;
    }
  }
  return positions.reverse();
}
