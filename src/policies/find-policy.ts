/** The one answer to which policy a name stands for. */
import { type AnyPolicy, didYouMean, TtcError } from '../core/index.ts';
import { compose, isComposition } from './compose.ts';
import { findVariant, policies } from './index.ts';

export interface FoundPolicy {
  policy: AnyPolicy;
  /** The parameters in which the name's variant differs from the policy's defaults. */
  base: Record<string, unknown>;
}

/**
 * The policy behind the name of a variant, or behind several joined by `+`.
 * @throws E_POLICY for a name that no policy has; E_COMPOSE, E_NO_REALISATION for members that do not go together
 */
export function findPolicy(name: string): FoundPolicy {
  if (isComposition(name)) return { policy: compose(name), base: {} };
  const found = findVariant(name);
  if (found) return { policy: found.policy, base: found.params };
  const known = policies.flatMap(({ variants }) => Object.keys(variants));
  throw new TtcError('E_POLICY', `there is no policy ${JSON.stringify(name)}${didYouMean(name, known)}`);
}
