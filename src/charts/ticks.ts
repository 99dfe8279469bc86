/** Round numbers for an axis. */

export interface Domain {
  scale: 'log' | 'linear';
  low: number;
  high: number;
}

/** About `most` of them, ascending, within the domain; at least two where round numbers allow it. */
export function ticksOf({ scale, low, high }: Domain, most: number): number[] {
  const wide = scale === 'log' ? logTicks(low, high, most) : [];
  // Over less than a decade, even steps say more than 1 and 2.
  return wide.length >= 3 || (wide.length === 2 && high / low >= 8) ? wide : linearTicks(low, high, most);
}

const mantissas = [[1, 2, 5], [1, 3], [1]];

function logTicks(low: number, high: number, most: number): number[] {
  const [from, to] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  for (let step = 1; step <= 12; step++) {
    for (const heads of step === 1 ? mantissas : [[1]]) {
      const ticks: number[] = [];
      for (let power = Math.ceil(from / step) * step; power <= to; power += step)
        ticks.push(...heads.map((head) => round(head * 10 ** power)));
      const inside = ticks.filter((tick) => tick >= low && tick <= high);
      if (inside.length <= most) return inside;
    }
  }
  return [];
}

function linearTicks(low: number, high: number, most: number): number[] {
  if (!(high > low)) return [low];
  const rough = (high - low) / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(rough));
  const steps = [0.5, 1, 2, 5, 10, 20].map((head) => head * power);
  const at = steps.findIndex((one) => countOf(one, low, high) <= most);
  // One number alone is no scale: rather a few more than asked.
  const step = countOf(steps[at] ?? 0, low, high) < 2 ? steps[at - 1] : steps[at];
  if (step === undefined) return [];
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => round((first + i) * step));
}

const countOf = (step: number, low: number, high: number) =>
  Math.floor(high / step + 1e-9) - Math.ceil(low / step - 1e-9) + 1;

/** 0.1 + 0.2 is 0.3. */
const round = (value: number) => Number(value.toPrecision(12));

/** A domain that holds all values, with some room at both ends; never empty. */
export function domainOf(values: Iterable<number>, scale: Domain['scale'], room = 0.06): Domain {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (!Number.isFinite(value) || (scale === 'log' && value <= 0)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return scale === 'log' ? { scale, low: 1, high: 10 } : { scale, low: 0, high: 1 };
  if (scale === 'log') {
    const wide = Math.max(high / low, 1.2) ** room;
    const middle = Math.max(1, (1.2 / (high / low)) ** 0.5);
    return { scale, low: low / wide / middle, high: high * wide * middle };
  }
  // Nearer than this, labels of different ticks would be the same number.
  const size = Math.max(high - low, 0.04 * Math.max(Math.abs(low), Math.abs(high))) || 1;
  const wider = (size - (high - low)) / 2 + room * size;
  const start = low - wider;
  // What is never below zero has no room for it.
  return low >= 0 && start < -room * size
    ? { scale, low: -room * size, high: high + wider }
    : { scale, low: start, high: high + wider };
}
