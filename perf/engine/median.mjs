/** Medians of measured times. */

export const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

/**
 * The median and its 95 % interval from ranks: it holds for any distribution. With 15 numbers it lies between the 4th
 * and the 12th; fewer than 6 give the least and the most.
 */
export function medianWithInterval(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const count = sorted.length;
  let rank = 0;
  let below = 0;
  for (let ways = 1; rank < count / 2; rank++) {
    below += ways / 2 ** count;
    if (below > 0.025) break;
    ways = (ways * (count - rank)) / (rank + 1);
  }
  const cut = Math.max(0, rank - 1);
  return { median: median(sorted), low: sorted[cut], high: sorted[count - 1 - cut] };
}
