/** Three significant digits, thousands grouped, no exponent: 0.0371, 3.14, 271, 1,048,576. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size >= 100) return value.toLocaleString('en-US', { maximumFractionDigits: 0 });
  return value.toLocaleString('en-US', { maximumSignificantDigits: 3 });
}

/** A ratio with two decimals, three significant digits from 10 and below 0.1. */
export function formatRatio(value: number): string {
  if (value === 0 || (value >= 0.1 && value < 10)) return value.toFixed(2);
  return formatNumber(value);
}
