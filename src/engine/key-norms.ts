/** Lengths of cached keys, read where they lie. */
import { tableOfHalves } from './half.ts';
import type { Shape } from './shape.ts';

let squares: Float32Array | undefined;
/** Square of each half-precision number, by its bits; made when first needed. */
function squaresOfHalves(): Float32Array {
  squares ??= tableOfHalves((value) => value * value);
  return squares;
}

/**
 * Euclidean length of each head's part of the rows [from, to): [kvHeads × rows].
 * @param keys F16 [kvHeads × slots × headSize]
 */
export function rowNorms(
  keys: Uint16Array,
  { kvHeads, headSize, slots }: Pick<Shape, 'kvHeads' | 'headSize'> & { slots: number },
  from: number,
  to: number,
): Float32Array {
  const squareOf = squaresOfHalves();
  const rows = Math.max(0, to - from);
  const norms = new Float32Array(kvHeads * rows);
  for (let head = 0; head < kvHeads; head++) {
    let at = (head * slots + from) * headSize;
    for (let row = 0; row < rows; row++) {
      let sum = 0;
      for (let i = 0; i < headSize; i++) sum += squareOf[keys[at++] as number] as number;
      norms[head * rows + row] = Math.sqrt(sum);
    }
  }
  return norms;
}
