/**
 * Baseline: the measure of every other policy. It has no parameters.
 * - In the engine: one token per pass, through all layers, with the whole cache.
 * - Over an API: the call is handed on as it is, as one streamed request.
 *
 * A run plays it twice. `baseline_again` is the same policy: what differs between the two is noise of the machine, not
 * the effect of a policy.
 *
 * Fields of the object below (src/core/policy.ts explains all): `neutral`, parameters that equal the baseline;
 * `standsFor`, what it does in one sentence; over an API `cannot`, what is missing there, and `alters`, the fields of a
 * call that it may change.
 */
import { z } from 'zod';
import type { Call, Context, Engine, Part, Policy } from '../../core/index.ts';
import { type Prefill, start } from '../../decode/index.ts';
import { decodePredicted } from '../speculation/predicted.ts';

const params = z.strictObject({});

/**
 * The plain decode loop, after any way to fill the cache. A call that says what most of its answer will be is decoded by
 * verifying that, with the same tokens.
 */
export async function* decode(engine: Engine, call: Call, context: Context, fill?: Prefill): AsyncGenerator<Part> {
  const { prediction } = call;
  if (prediction !== undefined && !fill) return yield* decodePredicted(engine, { ...call, prediction }, context);
  using begun = await start(engine, call, context, fill);
  let next = begun.first;
  for (;;) {
    const part = begun.emit([next]);
    if (part) yield part;
    const end = begun.ended();
    if (end) return yield end;
    const position = begun.history.length - 1;
    next = await engine.forward(
      [{ sequence: begun.sequence, tokens: [next], positions: [position], logits: 1 }],
      ([output]) => begun.pick(output!.logits),
    );
  }
}

export const baseline: Policy<z.output<typeof params>> = {
  name: 'baseline',
  version: 1,
  about: 'One token per pass at full depth with the full cache.',
  params,
  variants: { baseline: {}, baseline_again: {} },
  neutral: {},
  counters: {},
  engine: {
    fidelity: () => 'exact',
    standsFor: 'itself',
    open: (engine) => (call, context) => decode(engine, call, context),
  },
  client: {
    fidelity: () => 'exact',
    standsFor: 'itself: one streamed call',
    cannot: 'nothing is missing',
    alters: [],
    needs: () => [],
    open: (generate) => generate,
  },
};
