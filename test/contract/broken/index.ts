/** Policies that cheat or leak, each with the checks that must catch it. */
import type { AnyPolicy, Call, Engine, Generate, Part, Policy, TextPart } from '../../../src/core/index.ts';
import { createMeter } from '../../../src/core/index.ts';
import { start } from '../../../src/decode/index.ts';
import { baseline } from '../../../src/policies/baseline/baseline.ts';
import { speculative } from '../../../src/policies/speculation/speculative.ts';
import { brokenBatching } from './batching.ts';
import { brokenEarlyExits } from './early-exit.ts';
import { brokenKvBudgets } from './kv-cache.ts';
import { brokenPruning } from './pruning.ts';
import { brokenSpeculation } from './speculation.ts';

type Open = NonNullable<AnyPolicy['engine']>['open'];

/** The baseline with another name, another way to run and the claim to act. */
function pretend(name: string, open: Open, changes: Partial<AnyPolicy> = {}): AnyPolicy {
  return {
    ...(baseline as Policy),
    name,
    variants: { [name]: {} },
    acts: 'rows',
    engine: { fidelity: () => 'exact', standsFor: 'nothing', open },
    ...changes,
  } as AnyPolicy;
}
const plain = (engine: Engine) => baseline.engine!.open(engine, {}, {}) as Generate;

/** An "early exit" that asks for fewer tokens. */
const maxTokensFake = pretend('max_tokens_fake', (engine) => (call, context) => {
  const fewer: Call = { ...call, maxTokens: Math.max(1, Math.floor((call.maxTokens * 28) / 32)) };
  return plain(engine)(fewer, context);
});

/** A verifier that keeps every draft, right or wrong. */
const acceptsWrongDrafts = pretend(
  'accepts_wrong_drafts',
  (engine) =>
    async function* (call, context) {
      using begun = await start(engine, call, context);
      let next = [begun.first];
      for (;;) {
        const part = begun.emit(next);
        if (part) yield part;
        const end = begun.ended();
        if (end) return yield end;
        const draft = begun.history.at(-4) as number;
        const tokens = [begun.history.at(-1) as number, draft];
        const position = begun.history.length - 1;
        begun.history.push(draft);
        next = await engine.forward(
          [{ sequence: begun.sequence, tokens, positions: [position, position + 1], logits: 1 }],
          ([output]) => [draft, begun.pick(output!.logits)],
        );
        if (call.maxTokens - (begun.history.length - begun.promptLength) < 2) next = next.slice(0, 1);
      }
    },
);

/** Opens a second sequence and forgets it. */
const leaksASequence = pretend('leaks_a_sequence', (engine) => (call, context) => {
  engine.open(8, context);
  return plain(engine)(call, context);
});

/** Computes everything first, hands it out later with the early stamps. */
const claimsEarlyTimes = pretend(
  'claims_early_times',
  (engine) =>
    async function* (call, context) {
      const parts: Part[] = [];
      for await (const part of plain(engine)(call, context)) parts.push(part);
      yield* parts;
    },
);

/** Does the work on a meter of its own, so that its bill stays small. */
const hidesWork = pretend(
  'hides_work',
  (engine) => (call, context) => plain(engine)(call, { signal: context.signal, meter: createMeter() }),
);

/** Draws its random numbers from the clock. */
const ignoresTheSeed = pretend(
  'ignores_the_seed',
  (engine) => (call, context) =>
    plain(engine)({ ...call, seed: Number(process.hrtime.bigint() % 4294967296n) }, context),
);

/** Runs a token through the model for nothing, counts an exit, and answers as the baseline does. */
const junkPass = pretend(
  'junk_pass',
  (engine) => (call, context) => {
    const answer = plain(engine)(call, context);
    return (async function* () {
      using sequence = engine.open(1, context);
      await engine.forward([{ sequence, tokens: [1], positions: [0], logits: 1 }], () => undefined);
      context.meter.add('exits', 1);
      yield* answer;
    })();
  },
  { acts: 'exits', counters: { exits: 'made up' } },
);

/** Samples from its own stream of random numbers: right when greedy, another answer when sampled. */
const ownRandomNumbers = pretend(
  'own_random_numbers',
  (engine) => (call, context) => plain(engine)({ ...call, seed: call.seed ^ 1 }, context),
);

/** Takes a random number that the baseline leaves: the same answers when greedy, others when sampled. */
const spendsANumber = pretend(
  'spends_a_number',
  (engine) =>
    async function* (call, context) {
      using begun = await start(engine, call, context);
      let next = begun.first;
      for (;;) {
        const part = begun.emit([next]);
        if (part) yield part;
        const end = begun.ended();
        if (end) return yield end;
        const pass = { sequence: begun.sequence, tokens: [next], positions: [begun.history.length - 1], logits: 1 };
        begun.sampler.random();
        next = await engine.forward([pass], ([output]) => begun.pick(output!.logits));
      }
    },
);

/** Reports what nobody declared. */
const undeclaredCounter = pretend('undeclared_counter', (engine) => (call, context) => {
  context.meter.add('speedup', 2);
  return plain(engine)(call, context);
});

/** Ends twice, and says more than its ids. */
const talksTooMuch = pretend(
  'talks_too_much',
  (engine) =>
    async function* (call, context) {
      for await (const part of plain(engine)(call, context)) {
        if (part.type === 'end') yield part;
        yield part.type === 'text' ? ({ ...part, text: `${part.text}!` } as TextPart) : part;
      }
    },
);

/** Drafts even when told not to: its neutral parameters are not neutral. */
const neutralIsNotNeutral: AnyPolicy = {
  ...(speculative as AnyPolicy),
  name: 'neutral_is_not_neutral',
  neutral: { lookahead_tokens: 4 },
};

export const brokenPolicies: { policy: AnyPolicy; caughtBy: string[]; params?: Record<string, unknown> }[] = [
  {
    policy: maxTokensFake,
    caughtBy: [
      'acts on the engine at equal output length',
      'the token limit is the caller’s',
      'exact means the baseline’s tokens',
    ],
  },
  { policy: acceptsWrongDrafts, caughtBy: ['exact means the baseline’s tokens'] },
  {
    policy: leaksASequence,
    caughtBy: ['an abort ends the call and frees its sequences', 'a reader that leaves frees the sequences'],
  },
  { policy: claimsEarlyTimes, caughtBy: ['every part is stamped while its reader waits for it'] },
  { policy: hidesWork, caughtBy: ['counters are declared and add up'] },
  { policy: ignoresTheSeed, caughtBy: ['same seed, same answer'] },
  { policy: junkPass, caughtBy: ['what it claims shows in the engine’s work'] },
  { policy: ownRandomNumbers, caughtBy: ['exact means the baseline’s tokens'] },
  { policy: spendsANumber, caughtBy: ['neutral parameters equal the baseline bit by bit'] },
  { policy: undeclaredCounter, caughtBy: ['counters are declared and add up'] },
  { policy: talksTooMuch, caughtBy: ['text parts, then exactly one end', 'text and ids agree'] },
  { policy: neutralIsNotNeutral, caughtBy: ['neutral parameters equal the baseline bit by bit'] },
  ...brokenBatching,
  ...brokenEarlyExits,
  ...brokenKvBudgets,
  ...brokenPruning,
  ...brokenSpeculation,
];
