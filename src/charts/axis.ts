/** From values to pixels and back. */
export interface Axis {
  scale: 'log' | 'linear';
  low: number;
  high: number;
  /** Pixels of both ends. */
  range: readonly [number, number];
}

/** Pixels of a value. */
export function position({ scale, low, high, range: [start, end] }: Axis, value: number): number {
  const share = scale === 'log' ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
  return start + share * (end - start);
}

/** The value at a pixel, none beyond the ends. */
export function valueAt({ scale, low, high, range: [start, end] }: Axis, pixel: number): number {
  const share = Math.min(1, Math.max(0, (pixel - start) / (end - start)));
  return scale === 'log' ? low * (high / low) ** share : low + share * (high - low);
}
