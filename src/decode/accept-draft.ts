/**
 * Verification of drafted tokens (Leviathan et al. arXiv:2211.17192, Chen et al. arXiv:2302.01318).
 * Pure: the caller supplies rows of the target, one per drafted token and one more for the bonus.
 */
import type { Random } from '../core/index.ts';
import { sampleFrom } from './distribution.ts';

export interface Accepted {
  /** Tokens of this step: the accepted drafts, then the correction or the bonus. An end token is the last one. */
  ids: number[];
  /** How many of `ids` are accepted drafts. */
  accepted: number;
}

const noEnds: ReadonlySet<number> = new Set();

/** The token of one position, and whether it is an accepted draft. */
export interface Verdict {
  id: number;
  accepted: boolean;
}

/**
 * Accepts drafts as long as the judge accepts them, then adds the judge's own token.
 * If the judge picks each token as plain decoding does (same logits, same random number), and accepts a draft that is this
 * token, then the result is that of plain decoding token by token, greedy or sampled. For one-hot drafts (n-grams) this
 * accepts as often as `acceptDraft`: with probability p(x).
 * @param judge gives the token after the first i drafts; called only as far as needed; `draft` is undefined after the last
 */
export function matchDraft(
  drafts: readonly number[],
  judge: (position: number, draft: number | undefined) => Verdict,
  ends: ReadonlySet<number> = noEnds,
): Accepted {
  const ids: number[] = [];
  for (let position = 0; position <= drafts.length; position++) {
    const { id, accepted } = judge(position, drafts[position]);
    ids.push(id);
    if (!accepted) return { ids, accepted: position };
    if (ends.has(id)) return { ids, accepted: position + 1 };
  }
  return { ids, accepted: drafts.length };
}

/**
 * The speculative sampling rule: draft x is accepted with probability min(1, p(x)/q(x)); at the first rejection the
 * token is drawn from `residual(p, q)`; after the last acceptance a bonus token is drawn from p.
 * The result is distributed as the target, whatever the drafter. p and q must be processed alike.
 * @param target p after the first i drafts [vocabulary]; called only as far as needed
 * @param draft q that drafts[i] was drawn from; undefined = one-hot on drafts[i]
 */
export function acceptDraft(
  drafts: readonly number[],
  target: (position: number) => ArrayLike<number>,
  draft: (position: number) => ArrayLike<number> | undefined,
  random: Random,
  ends: ReadonlySet<number> = noEnds,
): Accepted {
  const ids: number[] = [];
  for (const [position, id] of drafts.entries()) {
    const p = target(position);
    const q = draft(position);
    if (!isAccepted(p[id] ?? 0, q === undefined ? 1 : (q[id] ?? 0), random)) {
      ids.push(sampleFrom(q === undefined ? without(p, id) : residual(p, q), random));
      return { ids, accepted: position };
    }
    ids.push(id);
    if (ends.has(id)) return { ids, accepted: position + 1 };
  }
  ids.push(sampleFrom(target(drafts.length), random));
  return { ids, accepted: drafts.length };
}

/** norm(max(p − q, 0)); p itself where that is zero everywhere (p = q up to rounding). */
export function residual(p: ArrayLike<number>, q: ArrayLike<number>): Float64Array {
  const rest = Float64Array.from(p, (value, id) => Math.max(value - (q[id] ?? 0), 0));
  const mass = rest.reduce((sum, value) => sum + value, 0);
  return mass > 0 ? rest.map((value) => value / mass) : Float64Array.from(p);
}

/** The residual of a one-hot draft: p without x, renormalised. */
function without(p: ArrayLike<number>, id: number): Float64Array {
  const oneHot = new Float64Array(p.length);
  oneHot[id] = 1;
  return residual(p, oneHot);
}

/** u < min(1, p/q), written without the quotient: q(x) = 0, which no honest drafter draws, is a rejection. */
function isAccepted(p: number, q: number, random: Random): boolean {
  const uniform = random();
  return q > 0 && uniform * q < p;
}
