/** Holm's step-down correction (1979) of p values, in their order; null stands for a test that was not made. */
export function holm(values: readonly (number | null)[]): (number | null)[] {
  const order = values
    .map((p, index) => ({ p, index }))
    .filter((entry): entry is { p: number; index: number } => entry.p !== null)
    .sort((a, b) => a.p - b.p);
  const corrected: (number | null)[] = values.map(() => null);
  let running = 0;
  order.forEach(({ p, index }, rank) => {
    running = Math.max(running, Math.min(1, p * (order.length - rank)));
    corrected[index] = running;
  });
  return corrected;
}
