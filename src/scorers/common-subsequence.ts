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

/** Traceback steps: which neighbour has the longer subsequence, `column` [i][j-1] or `row` [i-1][j]. */
const longer = { equal: 0, column: 1, row: 2 } as const;

/** For every cell of the table, one byte: which neighbour is longer. Rows of a × columns of b. */
function tracebackTable(a: readonly string[], b: readonly string[]): Uint8Array {
  const table = new Uint8Array(a.length * b.length);
  let [above, row] = [new Uint32Array(b.length + 1), new Uint32Array(b.length + 1)];
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < b.length; j++) {
      const [up, left] = [above[j + 1] as number, row[j] as number];
      row[j + 1] = a[i] === b[j] ? (above[j] as number) + 1 : Math.max(up, left);
      table[i * b.length + j] = left > up ? longer.column : up > left ? longer.row : longer.equal;
    }
    [above, row] = [row, above];
  }
  return table;
}

/**
 * Positions in `a` of one longest common subsequence, ascending. Where both ways back are equally long the traceback
 * drops the last token of the list named by `tieDrops`: implementations differ, and unions of subsequences show it.
 */
export function commonSubsequence(a: readonly string[], b: readonly string[], tieDrops: 'a' | 'b'): number[] {
  const table = tracebackTable(a, b);
  const positions: number[] = [];
  let [i, j] = [a.length, b.length];
  while (i > 0 && j > 0) {
    const step = table[(i - 1) * b.length + j - 1];
    if (a[i - 1] === b[j - 1]) {
      positions.push(--i);
      j--;
    } else if (step === longer.row || (step === longer.equal && tieDrops === 'a')) i--;
    else j--;
  }
  return positions.reverse();
}
