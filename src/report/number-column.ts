/** Rows a piece holds. A list that grows would be copied again and again, and leave its copies to the collector. */
const size = 1024;

/** Numbers by row that come one after the other, in pieces; NaN where none was put. */
export function createNumberColumn() {
  const pieces: (Float64Array | undefined)[] = [];
  return {
    put(row: number, value: number): void {
      const at = Math.floor(row / size);
      let piece = pieces[at];
      if (!piece) {
        piece = new Float64Array(size).fill(Number.NaN);
        pieces[at] = piece;
      }
      piece[row % size] = value;
    },
    /** All rows in one, which other threads can read as well; the pieces are gone. */
    take(rows: number): Float64Array {
      const whole = new Float64Array(new SharedArrayBuffer(8 * rows)).fill(Number.NaN);
      pieces.forEach((piece, at) => {
        if (piece) whole.set(piece.subarray(0, Math.min(size, rows - at * size)), at * size);
        pieces[at] = undefined;
      });
      return whole;
    },
  };
}

export type NumberColumn = ReturnType<typeof createNumberColumn>;
