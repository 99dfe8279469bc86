/** What verifying drafts costs, and how many of them must be right for that to pay. */

/** What a pass takes by the number of its rows, in one unit, such as milliseconds; one row must be among them. */
export type PassPrices = Readonly<Record<number, number>>;

/**
 * Price of a pass of so many rows: measured, or on the straight line between the measured counts around it. Beyond the
 * largest it goes on as between the last two.
 * @throws RangeError where fewer than two counts were measured
 */
export function priceOf(prices: PassPrices, rows: number): number {
  const counts = Object.keys(prices)
    .map(Number)
    .sort((a, b) => a - b);
  if (counts.length < 2) throw new RangeError('a price needs two measured passes');
  const above = counts.findIndex((count) => count >= rows);
  const at = above < 0 ? counts.length - 1 : Math.max(1, above);
  const [lower, upper] = [counts[at - 1] as number, counts[at] as number];
  const [low, high] = [prices[lower] as number, prices[upper] as number];
  return low + ((high - low) * (rows - lower)) / (upper - lower);
}

/**
 * The share of drafted tokens that must be right, so that verifying `drafts` of them costs no more per token than
 * decoding one by one. A pass over the last token and d drafts, of which the share a is right, yields 1 + a·d tokens, so
 * a = (price of 1 + d rows / price of one row − 1) / d. Above 1 it cannot pay; at 0 or below it always does. What
 * drafting itself takes is not in it.
 */
export function breakEvenAcceptance(prices: PassPrices, drafts: number): number {
  return (priceOf(prices, 1 + drafts) / priceOf(prices, 1) - 1) / drafts;
}
