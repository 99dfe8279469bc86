import { normalQuantile } from './distributions.ts';

/**
 * Samples needed to show an effect in a two-sided paired test at 5 %, with a chance of `power`.
 * n = ((z₀.₉₇₅ + z_power) · deviation / effect)² + z₀.₉₇₅² / 2, the normal formula with Guenther's (1981) correction
 * for an estimated deviation. `deviation`: standard deviation of the paired differences, in the effect's unit.
 * Null where there is no effect to show or the deviation is unknown.
 */
export function samplesToShow(effect: number, deviation: number, power = 0.8): number | null {
  if (!(Math.abs(effect) > 0) || !Number.isFinite(deviation)) return null;
  const z = normalQuantile(0.975);
  return Math.ceil((((z + normalQuantile(power)) * deviation) / effect) ** 2 + z ** 2 / 2);
}
