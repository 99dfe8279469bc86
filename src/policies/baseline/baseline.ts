/**
 * Baseline: one token per pass, full depth, full cache. Every other policy is measured against it.
 * `baseline_again` is the same policy played a second time: where the two differ, the machine speaks, not a policy.
 */
import { z } from 'zod';
import type { Call, Context, Engine, Part, Policy } from '../../core/index.ts';
import { type Prefill, start } from '../../decode/index.ts';

const params = z.strictObject({});

/** The plain decode loop, behind any way to fill the cache. */
export async function* decode(engine: Engine, call: Call, context: Context, fill?: Prefill): AsyncGenerator<Part> {
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
