/** CLOCK_MONOTONIC in nanoseconds: the same clock in every process of the machine. */
export const now = (): bigint => process.hrtime.bigint();

/** Milliseconds from one stamp to another. */
export const elapsed = (from: bigint, to: bigint): number => Number(to - from) / 1e6;
