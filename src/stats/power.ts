import { normalQuantile } from './distributions.ts';

/** Chance of a false claim, and of showing an effect that is there. */
export interface Power {
  /** @default 0.05 */
  alpha?: number;
  /** @default 0.8 */
  power?: number;
}

const quantilesOf = ({ alpha = 0.05, power = 0.8 }: Power) => {
  const z = normalQuantile(1 - alpha / 2);
  return { reach: z + normalQuantile(power), estimated: z ** 2 / 2 };
};

/**
 * Samples needed to show an effect in a two-sided paired test at `alpha`, with a chance of `power`.
 * n = ((z₁₋ₐ/₂ + z_power) · deviation / effect)² + z₁₋ₐ/₂² / 2, the normal formula with Guenther's (1981) correction
 * for an estimated deviation. `deviation`: standard deviation of the paired differences, in the effect's unit.
 * Null where there is no effect to show or the deviation is unknown.
 */
export function samplesToShow(effect: number, deviation: number, asked: Power = {}): number | null {
  if (!(Math.abs(effect) > 0) || !Number.isFinite(deviation)) return null;
  const { reach, estimated } = quantilesOf(asked);
  return Math.ceil(((reach * deviation) / effect) ** 2 + estimated);
}

/** The smallest effect that so many samples show with that chance: the other way round. Null where they show none. */
export function effectShown(n: number, deviation: number, asked: Power = {}): number | null {
  const { reach, estimated } = quantilesOf(asked);
  if (!(n > estimated) || !Number.isFinite(deviation)) return null;
  return (reach * deviation) / Math.sqrt(n - estimated);
}
