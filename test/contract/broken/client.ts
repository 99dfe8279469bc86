/** Client policies that cheat or leak, each with the checks that must catch it. */
import type {
  AnyPolicy,
  Call,
  CallRecord,
  ClientRealisation,
  Generate,
  Part,
  Policy,
} from '../../../src/core/index.ts';
import { createMeter, now } from '../../../src/core/index.ts';
import { baseline } from '../../../src/policies/baseline/baseline.ts';

type Around = (generate: Generate, fast: Generate) => Generate;

function pretend(name: string, around: Around, changes: Partial<ClientRealisation<unknown>> = {}): AnyPolicy {
  return {
    ...(baseline as Policy),
    name,
    variants: { [name]: {} },
    client: {
      fidelity: () => 'lossy',
      standsFor: 'nothing',
      cannot: 'be honest',
      alters: [],
      needs: () => ['fast-model'],
      open: (generate, _, { fast = generate }) => around(generate, fast),
      ...changes,
    },
  } as AnyPolicy;
}

const fewer = (call: Call): Call => ({ ...call, maxTokens: Math.max(1, Math.floor((call.maxTokens * 28) / 32)) });

/** An "early exit" that asks for fewer tokens. */
const maxTokensFake = pretend(
  'max_tokens_fake_client',
  (generate) => (call, context) => generate({ ...call, maxTokens: Math.min(4, fewer(call).maxTokens) }, context),
);

/** The same, that says so and calls what it has left a whole answer. */
const maxTokensFakeThatSaysSo = pretend(
  'max_tokens_fake_that_says_so',
  (generate) =>
    async function* (call, context) {
      for await (const part of generate({ ...call, maxTokens: Math.min(4, call.maxTokens) }, context))
        yield part.type === 'end' ? { ...part, reason: 'stop' } : part;
    },
  { alters: ['maxTokens'] },
);

/** Asks a second model, off the record. */
const hidesACall = pretend(
  'hides_a_call',
  (generate, fast) =>
    async function* (call, context) {
      for await (const _ of fast(call, { ...context, meter: createMeter() }));
      yield* generate(call, context);
    },
);

/** Shows a draft at once and does not take it back where the target says otherwise. */
const keepsRejectedText = pretend(
  'keeps_rejected_text',
  (generate, fast) =>
    async function* (call, context) {
      let draft = '';
      for await (const part of fast({ ...call, maxTokens: 4 }, context)) {
        if (part.type !== 'text') continue;
        draft += part.text;
        yield part;
      }
      let own = '';
      for await (const part of generate(call, context)) {
        if (part.type === 'text') own += part.text;
        if (part.type === 'end' || own.length > draft.length) yield part;
      }
    },
  { alters: ['maxTokens'] },
);

/** Reads the whole answer first and hands it out with the stamps of its words. */
const claimsEarlyTimes = pretend(
  'claims_early_times_client',
  (generate) =>
    async function* (call, context) {
      const parts: Part[] = [];
      for await (const part of generate(call, context)) parts.push(part);
      yield* parts;
    },
);

/** Stamps words before they were there. */
const claimsTheStart = pretend(
  'claims_the_start',
  (generate) =>
    async function* (call, context) {
      const begun = now();
      for await (const part of generate(call, context)) yield { ...part, at: begun };
    },
);

/** Does not hand the abort on. */
const leavesCallsOpen = pretend(
  'leaves_calls_open',
  (generate, fast) =>
    async function* (call, context) {
      const side = fast(call, { ...context, signal: new AbortController().signal })[Symbol.asyncIterator]();
      await side.next();
      yield* generate(call, context);
      await side.return?.();
    },
);

/** Keeps one place for all calls. */
const mixesCallsUp = pretend(
  'mixes_calls_up',
  (generate) => {
    let last: Call | undefined;
    return async function* (call, context) {
      last = call;
      await new Promise((resolve) => setImmediate(resolve));
      yield* generate(last, context);
    };
  },
  { alters: ['messages', 'seed', 'temperature', 'sampling', 'stop', 'maxTokens', 'conversation'] },
);

/** Changes the question where it should change nothing, and needs what it does not say. */
const asksOtherwise = pretend('asks_otherwise', (generate) => (call, context) => {
  context.meter.add('speedup', 2);
  return generate({ ...call, messages: call.messages.slice(-1), seed: call.seed + 1 }, context);
});

/** Takes for granted that the server can continue an answer. */
const needsWithoutAWord = pretend(
  'needs_without_a_word',
  (generate) => (call, context) => generate({ ...call, continue: 'so' }, context),
  { alters: ['continue'], needs: () => [] },
);

/** Answers with the cheaper model and says that it is the target's text. */
const answersWithAnother = pretend('answers_with_another', (_, fast) => fast, { fidelity: () => 'provider' });

/** Ends the answer while a call beside it goes on: its socket is taken, and its tokens are paid for. */
const leavesACallBehind = pretend(
  'leaves_a_call_behind',
  (generate, fast) =>
    async function* (call, context) {
      const side = fast({ ...call, maxTokens: 500 }, context)[Symbol.asyncIterator]();
      await side.next();
      for await (const part of generate({ ...call, maxTokens: 1 }, context))
        yield part.type === 'end' ? { ...part, reason: 'length' } : part;
    },
  { alters: ['maxTokens'] },
);

/** Asks three times at once and takes the first answer: a race that no parameter speaks of. */
const asksThreeTimes = pretend(
  'asks_three_times',
  (generate) =>
    async function* (call, context) {
      const others = [1, 2].map(() => generate(call, context)[Symbol.asyncIterator]());
      for (const other of others) await other.next();
      try {
        yield* generate(call, context);
      } finally {
        for (const other of others) await other.return?.();
      }
    },
);

/** Puts a call on the bill, and its tokens not. */
const shrinksTheBill = pretend('shrinks_the_bill', (generate) => (call, context) => {
  const meter = {
    ...context.meter,
    call: (record: CallRecord) =>
      context.meter.call({ ...record, ...(record.usage && { usage: { ...record.usage, completion: 1 } }) }),
  };
  return generate(call, { ...context, meter });
});

export const brokenClients: { policy: AnyPolicy; caughtBy: string[] }[] = [
  {
    policy: maxTokensFake,
    caughtBy: ['no field of a call changes unless listed in alters', 'the token limit is the caller’s'],
  },
  { policy: maxTokensFakeThatSaysSo, caughtBy: ['the token limit is the caller’s'] },
  { policy: hidesACall, caughtBy: ['every inner call is on the bill'] },
  {
    policy: keepsRejectedText,
    caughtBy: ['what the reader gets is one answer: text that was rejected is not in it'],
  },
  {
    policy: claimsEarlyTimes,
    caughtBy: ['parts are stamped when they are released, and never before their text was there'],
  },
  {
    policy: claimsTheStart,
    caughtBy: ['parts are stamped when they are released, and never before their text was there'],
  },
  {
    policy: leavesCallsOpen,
    caughtBy: ['an abort cancels every inner call', 'a reader that leaves cancels every inner call'],
  },
  { policy: mixesCallsUp, caughtBy: ['concurrent calls answer as alone'] },
  {
    policy: asksOtherwise,
    caughtBy: [
      'no field of a call changes unless listed in alters',
      'neutral parameters equal the baseline’s bytes',
      'counters are declared',
    ],
  },
  { policy: answersWithAnother, caughtBy: ['exact and provider mean the baseline’s text'] },
  {
    policy: leavesACallBehind,
    caughtBy: ['no call is open once the answer has ended', 'the token limit is the caller’s'],
  },
  { policy: asksThreeTimes, caughtBy: ['no more calls of the target are in flight than its parameters say'] },
  { policy: shrinksTheBill, caughtBy: ['every inner call is on the bill'] },
  { policy: needsWithoutAWord, caughtBy: ['text parts, then exactly one end'] },
];
