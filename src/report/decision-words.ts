/** Numbers of a decision in words, each with its interval. */
import type { Assessment } from './assess-cell.ts';
import { cappedRatio, formatNumber } from './format-number.ts';
import type { Figure, VsBaseline } from './report-types.ts';

export interface Said {
  text: string;
  figure: Figure;
}

/** As few decimals as keep every number that is not 0 off 0. */
function rounded(numbers: readonly number[]): string[] {
  const enough = (digits: number) => numbers.every((one) => one === 0 || Number(one.toFixed(digits)) !== 0);
  const digits = [0, 1, 2, 3].find(enough) ?? 6;
  return numbers.map((one) => (one > most ? `over ${formatNumber(most)}` : one.toFixed(digits).replace('-', '−')));
}

/** Percent. Beyond it a change says no more than that the baseline has almost none. */
const most = 1000;

const percentOff = (ratio: number) => 100 * (ratio - 1);

/** Of a difference that was shown both ends lie on one side, and its words say which. */
function change(
  comparison: VsBaseline,
  of: 'ratio' | 'difference',
  scale: (value: number) => number,
): { value: number; low: number; high: number; isLess: boolean } {
  const { mean, low, high } = comparison[of];
  const [value, first, last] = [mean, low, high].map((one) => scale(one ?? Number.NaN)) as [number, number, number];
  return { value, low: first, high: last, isLess: value < 0 };
}

/** `21 % less time [15, 25]`. @param what such as `time` */
export function relativeWords(comparison: VsBaseline, name: string, what: string, policy_name: string): Said {
  const { value, low, high, isLess } = change(comparison, 'ratio', percentOff);
  const sizes: [number, number] = isLess ? [-high, -low] : [low, high];
  const [own, first, second] = rounded([Math.abs(value), ...sizes]);
  return {
    text: `${own} % ${[isLess ? 'less' : 'more', what].filter(Boolean).join(' ')} [${first}, ${second}]`,
    figure: { policy_name, name, value, low, high, unit: '%' },
  };
}

/** `[−3, +4 %]`: an interval on both sides of no difference. */
export function openWords(comparison: VsBaseline, name: string, policy_name: string): Said {
  const { value, low, high } = change(comparison, 'ratio', percentOff);
  return { text: `${signedRange(low, high)} %]`, figure: { policy_name, name, value, low, high, unit: '%' } };
}

function signedRange(low: number, high: number): string {
  const texts = rounded([low, high]).map((text) => {
    if (text.startsWith('over ')) return text.replace('over ', 'over +');
    const value = Number(text);
    return value > 0 ? `+${text}` : value === 0 ? '0' : text;
  });
  return `[${texts.join(', ')}`;
}

/** `46 points of exact_match [30, 65]` */
export function pointsWords(comparison: VsBaseline, headline: string, policy_name: string): Said {
  const { value, low, high, isLess } = change(comparison, 'difference', (one) => 100 * one);
  const sizes: [number, number] = isLess ? [-high, -low] : [low, high];
  const [own, first, second] = rounded([Math.abs(value), ...sizes]);
  return {
    text: `${own} ${own === '1' ? 'point' : 'points'} of ${headline} [${first}, ${second}]`,
    figure: { policy_name, name: headline, value, low, high, unit: 'points' },
  };
}

/** `[−8, +3 points]` */
export function openPoints(comparison: VsBaseline, headline: string, policy_name: string): Said {
  const { value, low, high } = change(comparison, 'difference', (one) => 100 * one);
  return {
    text: `${signedRange(low, high)} points]`,
    figure: { policy_name, name: headline, value, low, high, unit: 'points' },
  };
}

export const timeWords = ({ timeName, cell }: Assessment) =>
  timeName === 'cpu_seconds' ? 'CPU time' : cell.blocks ? 'time for a whole block' : 'time';
export const costWords = (name: string | undefined) => (name === 'cost_usd' ? 'money' : 'CPU time');

/** Seconds per correct answer against the baseline's, where its interval excludes 1. */
export function perCorrectWords({ cell }: Assessment): (Said & { isDear: boolean }) | undefined {
  const { mean, low, high } = cell.per_correct.seconds_per_correct?.ratio ?? {};
  if (typeof mean !== 'number' || typeof low !== 'number' || typeof high !== 'number') return undefined;
  if (low <= 1 && high >= 1) return undefined;
  const isDear = low > 1;
  const figure: Figure = {
    ...{ policy_name: cell.policy_name, name: 'seconds_per_correct', value: mean, low, high, unit: 'times' },
  };
  const times = [mean, low, high].map((one) => cappedRatio(one) ?? formatNumber(one));
  return { text: `a correct answer takes ${times[0]} times as long [${times[1]}, ${times[2]}]`, figure, isDear };
}

export const listOf = (names: readonly string[]) =>
  names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
