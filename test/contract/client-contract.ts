/**
 * What every client realisation of every policy must do, judged by what a server saw and what a reader got. Each check
 * returns what is wrong, or nothing. Broken policies in `broken/client.ts` must make the named checks speak.
 */
import {
  type AnyPolicy,
  type Call,
  type CallRecord,
  type ClientKit,
  type Counters,
  createMeter,
  type Generate,
  type Message,
  now,
  type Part,
  validate,
} from '../../src/core/index.ts';
import { createToyServer, type SeenCall, turns } from './toy-server.ts';

export interface ClientSubject {
  policy: AnyPolicy;
  params: Record<string, unknown>;
  baseline: AnyPolicy;
}

interface Read {
  parts: Part[];
  /** Turn of the event loop in which each part came. */
  turns: number[];
  text: string;
  counters: Counters;
  /** What the reader was told instead of an end. */
  error?: unknown;
}

/** Calls of many shapes: what a policy must hand on is in them. */
const shapes: Partial<Call>[] = [
  {},
  { temperature: 0.8, sampling: { topP: 0.95, topK: 40 } },
  { stop: ['river', 'north.'] },
  { maxTokens: 5 },
  { conversation: { id: 'c', turn: 1 } },
  { maxTokens: 1 },
  { continue: 'lime' },
  { logprobs: 2 },
];
const words = 'The harbour smells of rope and tar and the old lantern was lit by a quiet keeper at dusk.';
/** A prompt that is worth pruning, and a conversation that is worth cutting. */
const long = Array.from({ length: 12 }, (_, at) => `${at} ${words}`).join(' ');
const turnsBefore = Array.from({ length: 9 }, (_, at): Message[] => [
  { role: 'user', content: `Question ${at}: ${words}` },
  { role: 'assistant', content: `Answer ${at}: ${words}` },
]).flat();

const questions = ['Which way is north?', 'What does the harbour smell of?', 'Who keeps the lantern?'];

function* calls(): Generator<Call> {
  const system = { role: 'system', content: 'Answer in words.' } as const;
  const ask = { role: 'user', content: 'Which lantern was lit?' } as const;
  const rest = { maxTokens: 40, temperature: 0, seed: 7 };
  yield deepFreeze({ ...rest, messages: [system, { role: 'user', content: `${long}\n\n${ask.content}` }] });
  yield deepFreeze({ ...rest, messages: [system, ...turnsBefore, ask], conversation: { id: 'long', turn: 9 } });
  for (const [at, question] of questions.entries())
    for (const [shape, changes] of shapes.entries())
      yield deepFreeze({
        messages: [
          { role: 'system', content: 'Answer in words.' },
          { role: 'user', content: `First question ${at}` },
          { role: 'assistant', content: 'First answer' },
          { role: 'user', content: question },
        ],
        maxTokens: 40,
        temperature: 0,
        seed: 100 * at + shape,
        ...changes,
      } satisfies Call as Call);
}

function deepFreeze<T>(value: T): T {
  if (value !== null && typeof value === 'object') for (const field of Object.values(value)) deepFreeze(field);
  return Object.freeze(value);
}

/** Counts turns of the event loop, and tells in which one a stamp was made: a measure of waiting without seconds. */
function startTurns() {
  const starts: bigint[] = [now()];
  let running = true;
  const tick = () => {
    starts.push(now());
    if (running) setImmediate(tick);
  };
  setImmediate(tick);
  return {
    current: () => starts.length - 1,
    of: (at: bigint) => starts.findLastIndex((start) => start <= at),
    [Symbol.dispose]() {
      running = false;
    },
  };
}

/** Opens a realisation on a server of its own, that can no more than the realisation and its callers ask for. */
async function open({ policy, params }: Pick<ClientSubject, 'policy' | 'params'>, callers: readonly Call[]) {
  const valid = validate(policy.params, params, policy.name);
  const needs = new Set<string>(policy.client!.needs(valid));
  const asked = callers.flatMap(({ continue: start, logprobs }) => [
    ...(start === undefined ? [] : ['prefill']),
    ...(logprobs === undefined ? [] : ['logprobs']),
  ]);
  const server = createToyServer(new Set([...needs, ...asked]));
  const kit: ClientKit = {
    count: (text) => text.split(' ').length,
    another: () => server.fast,
    ...(needs.has('fast-model') && { fast: server.fast }),
    ...(needs.has('token-scores') && {
      tokenScores: async (text: string) =>
        text.split(/(?= )/).map((word) => ({ text: word, surprisal: word.length, entropy: 1 })),
    }),
  };
  return { server, generate: await policy.client!.open(server.target, valid, kit) };
}

async function read(
  generate: Generate,
  call: Call,
  { abortAfter = Infinity, leaveAfter = Infinity } = {},
): Promise<Read> {
  const controller = new AbortController();
  const meter = createMeter();
  using clock = startTurns();
  const got: Read = { parts: [], turns: [], text: '', counters: meter.counters };
  try {
    if (abortAfter === 0) controller.abort();
    for await (const part of generate(call, { signal: controller.signal, meter })) {
      got.parts.push(part);
      got.turns.push(clock.current() - clock.of(part.at));
      if (part.type === 'text') got.text += part.text;
      if (got.parts.length === leaveAfter) break;
      if (got.parts.length === abortAfter) controller.abort();
    }
  } catch (error) {
    got.error = error;
  }
  return got;
}

interface Played extends Read {
  call: Call;
  seen: SeenCall[];
  /** Calls that were open when the reader had the end. */
  open: number;
  /** Most calls of the target that were open at the same time. */
  most: number;
}

/** Each call alone, on a server of its own. */
async function played(subject: Pick<ClientSubject, 'policy' | 'params'>, limits = {}): Promise<Played[]> {
  const all: Played[] = [];
  for (const call of calls()) {
    const { server, generate } = await open(subject, [call]);
    const got = await read(generate, call, limits);
    const unclosed = server.calls.filter(({ closed }) => !closed).length;
    all.push({ ...got, call, open: unclosed, most: server.most(), seen: server.calls });
  }
  return all;
}

const textOf = ({ words }: SeenCall) => words.map(({ text }) => text).join('');
const wordsIn = (text: string) => text.split(' ').filter((word) => word !== '').length;
const endOf = ({ parts }: Read) => parts.find((part) => part.type === 'end');
const named = ({ call }: Played) =>
  `${JSON.stringify(call.messages.at(-1)?.content)}, ${JSON.stringify({ ...call, messages: undefined })}`;

/** Calls whose answer, after what they were told to go on from, begins with all that the reader has. */
function sourcesOf({ call, seen }: Played, text: string): SeenCall[] {
  const whole = (call.continue ?? '') + text;
  return seen.filter((one) => ((one.call.continue ?? '') + textOf(one)).startsWith(whole));
}

/** When the last word of a text was there, in the call that has it first. */
function existedAt(one: Played, text: string): bigint | undefined {
  const moments = sourcesOf(one, text).map(({ call, words }) => {
    let said = call.continue ?? '';
    const whole = (one.call.continue ?? '') + text;
    for (const word of words) {
      said += word.text;
      if (said.length >= whole.length) return word.at;
    }
    return undefined;
  });
  const known = moments.filter((at) => at !== undefined);
  return known.sort((a, b) => Number(a - b))[0];
}

type Check = (subject: ClientSubject) => Promise<string | undefined>;

/** The first complaint about any of the calls. */
const each =
  (complaint: (played: Played, subject: ClientSubject) => string | undefined): Check =>
  async (subject) => {
    for (const one of await played(subject)) {
      const wrong = one.error ? `ended with ${String(one.error)}` : complaint(one, subject);
      if (wrong) return `${named(one)}: ${wrong}`;
    }
    return undefined;
  };

export const clientChecks: Record<string, Check> = {
  'text parts, then exactly one end': each(({ parts }) => {
    if (parts.at(-1)?.type !== 'end') return 'the last part is no end';
    return parts.filter(({ type }) => type === 'end').length === 1 ? undefined : 'more than one end';
  }),

  'no field of a call changes unless listed in alters': each(({ call, seen }, { policy }) => {
    for (const { call: sent, id } of seen) {
      const fields = Object.keys({ ...call, ...sent }) as (keyof Call)[];
      const changed = fields.filter((field) => JSON.stringify(call[field]) !== JSON.stringify(sent[field]));
      const hidden = changed.filter((field) => !policy.client!.alters.includes(field));
      if (hidden.length > 0) return `${id} has another ${hidden.join(', ')}`;
    }
    return undefined;
  }),

  'every inner call is on the bill': each(({ counters, seen }) => {
    const billed = counters.calls.map(({ id }) => id);
    const missing = seen.filter(({ id }) => !billed.includes(id)).map(({ id }) => id);
    if (missing.length > 0) return `${missing.join(', ')} of ${seen.length} calls on no bill`;
    if (billed.length !== seen.length) return `${billed.length} records of ${seen.length} calls`;
    const short = seen.find(({ id, words }) => {
      const { usage } = counters.calls.find((record) => record.id === id) as CallRecord;
      return usage?.completion !== words.length;
    });
    return short && `${short.id} wrote ${short.words.length} tokens, and its bill says otherwise`;
  }),

  'no call is open once the answer has ended': each(({ open }) =>
    open > 0 ? `${open} calls were open when the end came` : undefined,
  ),

  'no more calls of the target are in flight than its parameters say': each(({ most }, { policy, params }) => {
    const { lookahead_tokens: ahead, probes } = validate<Record<string, number>>(policy.params, params, policy.name);
    // Steps that are looked ahead, probes beside the answer, or the one call that stands for the caller's.
    const limit = ahead ?? (probes === undefined ? 1 : probes + 1);
    return most > limit ? `${most} calls at the same time, and the limit is ${limit}` : undefined;
  }),

  'what the reader gets is one answer: text that was rejected is not in it': each((one) => {
    let text = '';
    for (const part of one.parts) {
      if (part.type !== 'text') continue;
      text += part.text;
      if (sourcesOf(one, text).length === 0) return `no call wrote ${JSON.stringify(text)}`;
    }
    return undefined;
  }),

  'parts are stamped when they are released, and never before their text was there': each((one) => {
    let text = '';
    for (const [at, part] of one.parts.entries()) {
      if (part.type === 'text') text += part.text;
      const existed = existedAt(one, text);
      if (part.type === 'text' && existed !== undefined && part.at < existed)
        return `part ${at} claims a moment at which its text was not there`;
      if ((one.turns[at] as number) > 1)
        return `part ${at} came ${one.turns[at]} turns of the event loop after the moment that it claims`;
    }
    return undefined;
  }),

  async 'neutral parameters equal the baseline’s bytes'({ policy, params, baseline }) {
    const mine = await played({ policy, params: { ...params, ...policy.neutral } });
    const theirs = await played({ policy: baseline, params: {} });
    for (const [at, one] of mine.entries()) {
      const sent = (all: readonly SeenCall[]) => JSON.stringify(all.map(({ call, model }) => ({ ...call, model })));
      if (sent(one.seen) !== sent(theirs[at]!.seen)) return `${named(one)}: other calls`;
      if (one.text !== theirs[at]!.text) return `${named(one)}: other text`;
    }
    return undefined;
  },

  'the token limit is the caller’s': each((one) => {
    const { call, text } = one;
    const end = endOf(one);
    if (wordsIn(text) > call.maxTokens) return `${wordsIn(text)} tokens for a limit of ${call.maxTokens}`;
    if (end?.type !== 'end') return undefined;
    if (end.reason === 'length' && wordsIn(text) < call.maxTokens)
      return `ended for length after ${wordsIn(text)} of ${call.maxTokens} tokens`;
    const whole = (call.continue ?? '') + text;
    const sources = sourcesOf(one, text).filter((seen) => (seen.call.continue ?? '') + textOf(seen) === whole);
    if (end.reason === 'stop' && !sources.some(({ reason }) => reason === 'stop'))
      return 'it says that the answer was whole, and no call came to its end there';
    return undefined;
  }),

  async 'exact and provider mean the baseline’s text'(subject) {
    const { policy, params, baseline } = subject;
    if (policy.client!.fidelity(validate(policy.params, params, policy.name)) === 'lossy') return undefined;
    const expected = await played({ policy: baseline, params: {} });
    for (const [at, one] of (await played(subject)).entries())
      if (one.text !== expected[at]!.text) return `${named(one)}: other text`;
    return undefined;
  },

  async 'an abort cancels every inner call'(subject) {
    for (const abortAfter of [0, 1, 3]) {
      for (const one of await played(subject, { abortAfter })) {
        const open = one.seen.filter(({ closed }) => !closed).length;
        const before = one.seen.length;
        await turns(4);
        if (open > 0) return `${named(one)}: ${open} calls still open after part ${abortAfter}`;
        if (one.seen.length > before) return `${named(one)}: a call begun after the abort`;
        if (endOf(one) === undefined && one.error === undefined) return `${named(one)}: neither end nor error`;
      }
    }
    return undefined;
  },

  async 'a reader that leaves cancels every inner call'(subject) {
    for (const one of await played(subject, { leaveAfter: 2 }))
      if (one.seen.some(({ closed }) => !closed)) return `${named(one)}: a call is still open`;
    return undefined;
  },

  async 'concurrent calls answer as alone'(subject) {
    const { generate } = await open(subject, [...calls()]);
    const together = await Promise.all([...calls()].map((call) => read(generate, call)));
    for (const [at, one] of (await played(subject)).entries())
      if (one.text !== together[at]!.text) return `${named(one)}: other text beside others`;
    return undefined;
  },

  'counters are declared': each(({ counters }, { policy }) => {
    const unknown = [...Object.keys(counters.sums), ...Object.keys(counters.tallies)].filter(
      (name) => !Object.hasOwn(policy.counters, name),
    );
    return unknown.length > 0 ? `undeclared: ${unknown.join(', ')}` : undefined;
  }),
};

/** Names of the checks that speak, with what they say. */
export async function clientFailures(
  subject: ClientSubject,
  names: readonly string[] = Object.keys(clientChecks),
): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of names) {
    const complaint = await (clientChecks[name] as Check)(subject).catch((error: Error) => `threw ${error.message}`);
    if (complaint) found[name] = complaint;
  }
  return found;
}
