import { didYouMean, inUserCode, type Metric, plainText, TtcError, type Unit } from '../core/index.ts';
import { metrics } from './registry.ts';

/** A score of an answer's text against its reference. */
export type UserScore = (prediction: string, reference: string) => number | Promise<number>;

/** What a metric of the user's own says of itself. */
export interface UserMetricOptions {
  /**
   * A score lies in [0, 1] and is compared by differences; every other unit by ratios.
   * @default 'score'
   */
  unit?: Unit;
  /** @default 'more' */
  better?: Metric['better'];
  /** One sentence. */
  about?: string;
}

const units: Record<Unit, true> = {
  ...{ ms: true, s: true, 'tokens/s': true, tokens: true, ratio: true },
  ...{ bytes: true, count: true, score: true, usd: true, layers: true },
};
const sides: Record<Metric['better'], true> = { more: true, less: true, neither: true };

const names = new Set(metrics.map((metric) => metric.name));

/**
 * A metric of the user's own; without options a score, more being better.
 * @throws TtcError E_ARGUMENT for a name that is taken or is no word, and for an option that is none
 */
export function userMetric(name: string, score: UserScore, options: UserMetricOptions = {}): Metric {
  return {
    ...checkedOptions(name, options),
    group: 'quality',
    of({ answer }, { sample }) {
      if (!answer) return undefined;
      return inUserCode(`the metric ${name}, at sample ${plainText(sample.id, 80)},`, () =>
        score(answer.text, sample.reference),
      );
    },
  };
}

/** @throws TtcError E_ARGUMENT */
export function checkedOptions(
  name: string,
  { unit = 'score', better = 'more', about = 'A metric of your own.', ...rest }: UserMetricOptions,
): Pick<Metric, 'name' | 'unit' | 'better' | 'about'> {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    throw new TtcError('E_ARGUMENT', `${JSON.stringify(name)} cannot name a metric`, {
      help: 'use letters, digits and underscores, and no digit in front',
    });
  if (names.has(name))
    throw new TtcError('E_ARGUMENT', `there is a metric ${name} already`, { help: 'choose another name' });
  check(name, 'unit', unit, units);
  check(name, 'better', better, sides);
  for (const key of Object.keys(rest)) check(name, 'option', key, { unit: true, better: true, about: true });
  return { name, unit, better, about };
}

function check(name: string, what: string, value: unknown, allowed: Record<string, true>): void {
  if (typeof value === 'string' && Object.hasOwn(allowed, value)) return;
  const known = Object.keys(allowed);
  const given = String(value);
  throw new TtcError('E_ARGUMENT', `metric ${name}: there is no ${what} ${given}${didYouMean(given, known)}`, {
    help: `one of ${known.join(', ')}`,
  });
}
