/**
 * A client policy that is honest, to show that the contract asks for nothing that one could not keep: a cheaper model
 * drafts a step, the target writes its own, and the draft counts only where the two agree.
 */
import { z } from 'zod';
import {
  type Call,
  type Context,
  type EndReason,
  fork,
  type Generate,
  now,
  type Part,
  type Policy,
} from '../../src/core/index.ts';

const params = z.strictObject({
  steps: z.int().min(0).default(2).describe('steps that are drafted'),
  words: z.int().min(1).default(3).describe('tokens of a step'),
});
type Params = z.output<typeof params>;

async function write(generate: Generate, call: Call, context: Context): Promise<{ text: string; reason: EndReason }> {
  let text = '';
  for await (const part of generate(call, context)) {
    if (part.type === 'end') return { text, reason: part.reason };
    if (part.type === 'text') text += part.text;
  }
  throw new Error('a stream without an end');
}

async function* drafted(
  target: Generate,
  fast: Generate,
  p: Params,
  call: Call,
  context: Context,
): AsyncGenerator<Part> {
  let said = call.continue ?? '';
  let left = call.maxTokens;
  const goOn = (most: number): Call => ({ ...call, ...(said !== '' && { continue: said }), maxTokens: most });
  for (let step = 0; step < p.steps; step++) {
    using branch = fork(context);
    const one = goOn(Math.min(p.words, left));
    const [draft, own] = await Promise.all([write(fast, one, branch), write(target, one, branch)]);
    context.meter.add('drafted', 1);
    if (draft.text === own.text) context.meter.add('accepted', 1);
    // The target's own words are the answer either way.
    if (own.text !== '') yield { type: 'text', at: now(), text: own.text, channel: 'answer' };
    said += own.text;
    left -= one.maxTokens;
    if (own.reason !== 'length') return yield { type: 'end', at: now(), reason: own.reason };
    if (left === 0) return yield { type: 'end', at: now(), reason: 'length' };
  }
  yield* target(goOn(left), context);
}

export const honestClient: Policy<Params> = {
  name: 'honest_client',
  version: 1,
  about: 'A cheaper model drafts steps of a few tokens, the target writes its own beside it.',
  params,
  variants: { honest_client: {} },
  neutral: { steps: 0 },
  counters: { drafted: 'steps drafted', accepted: 'of these, those that the target wrote too' },
  client: {
    fidelity: () => 'provider',
    standsFor: 'drafts that are verified step by step',
    cannot: 'verify a draft in one pass: the target writes each step in full',
    alters: ['continue', 'maxTokens'],
    needs: ({ steps }) => (steps > 0 ? ['prefill', 'fast-model'] : []),
    open: (generate, p, { fast = generate }) =>
      p.steps === 0 ? generate : (call, context) => drafted(generate, fast, p, call, context),
  },
};
