/** Lengths of cached keys, read where they lie. */
import type { Shape } from './shape.ts';

/** IEEE 754 binary16: sign, 5 bits of exponent, 10 of fraction. */
export function valueOfHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

let squares: Float32Array | undefined;
/** Square of each half-precision number, by its bits; made when first needed. */
function squaresOfHalves(): Float32Array {
  squares ??= Float32Array.from({ length: 2 ** 16 }, (_, bits) => valueOfHalf(bits) ** 2);
  return squares;
}

/**
 * Euclidean length of each head's part of the rows [from, to): [kvHeads × rows].
 * @param keys F16 rows of kvHeads × headSize values
 */
export function rowNorms(
  keys: Uint16Array,
  { kvHeads, headSize }: Pick<Shape, 'kvHeads' | 'headSize'>,
  from: number,
  to: number,
): Float32Array {
  const squareOf = squaresOfHalves();
  const rows = Math.max(0, to - from);
  const norms = new Float32Array(kvHeads * rows);
  let at = from * kvHeads * headSize;
  for (let row = 0; row < rows; row++) {
    for (let head = 0; head < kvHeads; head++) {
      let sum = 0;
      for (let i = 0; i < headSize; i++) sum += squareOf[keys[at++] as number] as number;
      norms[head * rows + row] = Math.sqrt(sum);
    }
  }
  return norms;
}
