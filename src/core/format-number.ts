/** Three significant digits, thousands grouped, no exponent: 0.0371, 3.14, 271, 1,048,576. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size >= 100) return value.toLocaleString('en-US', { maximumFractionDigits: 0 });
  return value.toLocaleString('en-US', { maximumSignificantDigits: 3 });
}

/** Beyond these a ratio says no more than that almost nothing stands on one of its sides. */
const ratios = { least: 0.001, most: 1000 };

/** A ratio with two decimals, three significant digits from 10 and below 0.1; `below 0.001` and `over 1,000` beyond. */
export function formatRatio(value: number): string {
  return cappedRatio(value) ?? (value === 0 || (value >= 0.1 && value < 10) ? value.toFixed(2) : formatNumber(value));
}

/** Words for a ratio that is too small or too large for a number; undefined for all others. */
export function cappedRatio(value: number): string | undefined {
  if (value > ratios.most) return `over ${formatNumber(ratios.most)}`;
  return value > 0 && value < ratios.least ? `below ${ratios.least}` : undefined;
}
