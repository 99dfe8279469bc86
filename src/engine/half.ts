/** IEEE 754 binary16, in which scales and cached keys are stored: sign, 5 bits of exponent, 10 of fraction. */
export function valueOfHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** A function's value for each half, by its bits. */
export function tableOfHalves(of: (value: number) => number = (value) => value): Float32Array {
  return Float32Array.from({ length: 2 ** 16 }, (_, bits) => of(valueOfHalf(bits)));
}
