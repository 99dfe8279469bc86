/**
 * What every engine realisation of every policy must do. Each check returns what is wrong, or nothing; a policy
 * conforms when no check speaks. Broken policies in `broken/` must make the named checks speak.
 */
import {
  type AnyPolicy,
  type Call,
  type Counters,
  createMeter,
  type Engine,
  elapsed,
  type Generate,
  now,
  type Part,
  type TextPart,
  validate,
} from '../../src/core/index.ts';
import { range } from '../agreement/bench.ts';
import { count } from '../support/depth.ts';
import { type BenchEngine, recording, tinySamples } from './bench-engine.ts';

export interface Subject {
  policy: AnyPolicy;
  params: Record<string, unknown>;
  engine: BenchEngine;
  /** The baseline's policy, the measure of everything. */
  baseline: AnyPolicy;
}

export interface Played {
  parts: Part[];
  /** hrtime before each part was asked for and after it came. */
  asked: bigint[];
  got: bigint[];
  ids: number[];
  text: string;
  counters: Counters;
}

/** Counters of the engine and of what begins every call; all others must be declared by the policy. */
export const engineCounters = [
  'prompt_tokens',
  'passes',
  'rows',
  'layer_rows',
  'kv_layer_rows',
  'layer_work',
  'head_rows',
  'candidate_logits',
  'prefill_rows',
  'kv_bytes_peak',
  'kv_bytes_sum',
  'kv_steps',
  'pass_rows',
  'pass_sequences',
  'kv_opened_bytes_peak',
  'engine_ms',
  'cpu_ms',
  'graph_ms',
  'graph_cpu_ms',
  'forward_ms',
];
const work = ['passes', 'rows', 'layer_rows', 'head_rows', 'prefill_rows', 'kv_bytes_peak', 'kv_bytes_sum'];

/** Most tokens of an answer, where a check asks for no other number. */
const usual = 24;

export function callOf(sample: number, changes: Partial<Call> = {}): Call {
  const prompt = tinySamples[sample * 7]!.prompt;
  return deepFreeze({
    messages: [{ role: 'user', content: prompt }],
    maxTokens: usual,
    temperature: 0,
    seed: 1000 + sample,
    ...changes,
  });
}

function deepFreeze<T>(value: T): T {
  if (value !== null && typeof value === 'object') for (const field of Object.values(value)) deepFreeze(field);
  return Object.freeze(value);
}

export function open(policy: AnyPolicy, params: Record<string, unknown>, engine: Engine): Generate {
  const valid = validate(policy.params, params, policy.name);
  const opening = policy.engine!.open(engine, valid, {});
  if (!(opening instanceof Promise)) return opening;
  return async function* generate(call, context) {
    yield* (await opening)(call, context);
  };
}

/** Plays one call to its end, or aborts it after `abortAfter` parts. */
export async function play(
  generate: Generate,
  call: Call,
  { abortAfter = Number.POSITIVE_INFINITY } = {},
): Promise<Played> {
  const controller = new AbortController();
  const meter = createMeter();
  const played: Played = { parts: [], asked: [], got: [], ids: [], text: '', counters: meter.counters };
  const iterator = generate(call, { signal: controller.signal, meter })[Symbol.asyncIterator]();
  for (;;) {
    if (played.parts.length >= abortAfter) controller.abort();
    played.asked.push(now());
    const { value: part, done } = await iterator.next();
    if (done) return played;
    played.got.push(now());
    played.parts.push(part);
    if (part.type === 'text') {
      played.ids.push(...(part.ids ?? []));
      played.text += part.text;
    }
  }
}

/** Plays calls that are offered at once; also gives the engine's own work for all of them. */
async function playTogether(
  generate: Generate,
  calls: readonly Call[],
  { totals }: BenchEngine,
): Promise<[Played[], Record<string, number>]> {
  const before = { ...totals.sums };
  const played = await Promise.all(calls.map((call) => play(generate, call)));
  const counted = ['passes', 'rows', 'layer_rows', 'head_rows', 'prefill_rows'];
  return [played, Object.fromEntries(counted.map((name) => [name, (totals.sums[name] ?? 0) - (before[name] ?? 0)]))];
}

/** What was played once and is read by several checks, by engine and call: the baseline's answers above all. */
function remembered<T>() {
  const known = new WeakMap<object, Map<string, Promise<T>>>();
  return (owner: object, key: unknown, make: () => Promise<T>): Promise<T> => {
    const made = known.get(owner) ?? new Map<string, Promise<T>>();
    known.set(owner, made);
    const name = JSON.stringify(key);
    const value = made.get(name) ?? make();
    made.set(name, value);
    return value;
  };
}

type Check = (subject: Subject) => Promise<string | undefined>;
const samples = [0, 5, 11, 17, 23, 29, 36].slice(0, count(4, 7));
const answerLength = (sample: number) => tinySamples[sample * 7]!.greedy_ids.length;
/** Long answers have more steps at which something can differ. */
const longestFirst = range(0, 36).sort((a, b) => answerLength(b) - answerLength(a));
const own = ({ policy, params, engine }: Subject) => open(policy, params, engine);
const plain = ({ baseline, engine }: Subject) => open(baseline, {}, engine);

const answersOfBaseline = remembered<{ played: Played; rows: readonly string[] }>();
/** The baseline's answer with the hash of every row of logits; an engine is asked once. */
const expectedOf = ({ baseline, engine }: Subject, call: Call) =>
  answersOfBaseline(engine, call, async () => {
    const theirs = recording(engine);
    const played = await play(open(baseline, {}, theirs), call);
    return { played, rows: theirs.logits()[0] ?? [] };
  });

const answersAlone = remembered<{ played: Played; done: Record<string, number> }>();
/** A subject's answer to one of the samples, played alone, with the engine's own work meanwhile. */
const aloneOf = ({ policy, params, engine }: Subject, sample: number) =>
  answersAlone(policy, [params, sample], async () => {
    const [[played], done] = await playTogether(open(policy, params, engine), [callOf(sample)], engine);
    return { played: played as Played, done };
  });

const same = (a: readonly unknown[], b: readonly unknown[]) => a.length === b.length && a.every((x, i) => x === b[i]);

/** Where tokens, logits or the engine's work differ from the baseline's, greedy or sampled; undefined: nowhere. */
export async function deviation(subject: Subject): Promise<string | undefined> {
  const { policy, params, engine } = subject;
  for (const [at, sample] of samples.entries()) {
    const call = callOf(sample, at % 2 === 0 ? {} : { temperature: 0.8, sampling: { topP: 0.95 } });
    const mine = recording(engine);
    const answer = await play(open(policy, params, mine), call);
    const { played: expected, rows: expectedRows } = await expectedOf(subject, call);
    const what = `sample ${sample} at temperature ${call.temperature}`;
    if (!same(answer.ids, expected.ids)) return `${what}: other tokens`;
    const rows = mine.logits().find((stream) => stream.length > 0) ?? [];
    if (!same(rows, expectedRows)) return `${what}: other logits`;
    const moved = work.find((name) => answer.counters.sums[name] !== expected.counters.sums[name]);
    if (moved) return `${what}: other work (${moved})`;
  }
  return undefined;
}

export const checks: Record<string, Check> = {
  async 'text parts, then exactly one end'(subject) {
    for (const sample of samples) {
      const { parts } = (await aloneOf(subject, sample)).played;
      if (parts.at(-1)?.type !== 'end') return `sample ${sample}: the last part is no end`;
      if (parts.filter((part) => part.type === 'end').length !== 1) return `sample ${sample}: more than one end`;
    }
    return undefined;
  },

  async 'neutral parameters equal the baseline bit by bit'(subject) {
    return deviation({ ...subject, params: { ...subject.params, ...subject.policy.neutral } });
  },

  async 'acts on the engine at equal output length'(subject) {
    if (!subject.policy.acts) return undefined;
    const calls = samples.map((sample) => callOf(sample, { maxTokens: 12 }));
    const [answers, done] = await playTogether(own(subject), calls, subject.engine);
    const [expected, needed] = await playTogether(plain(subject), calls, subject.engine);
    const equal = calls.map((_, at) => answers[at]!.ids.length === expected[at]!.ids.length);
    if (!equal.includes(true)) return 'never gave an answer of the baseline’s length';
    const acted = (at: number) =>
      work.some((name) => answers[at]!.counters.sums[name] !== expected[at]!.counters.sums[name]);
    if (calls.some((_, at) => equal[at] && acted(at))) return undefined;
    // What calls do together shows in the engine's own counts only.
    if (!equal.includes(false) && work.some((name) => done[name] !== needed[name])) return undefined;
    return 'no engine counter ever moved';
  },

  async 'what it claims shows in the engine’s work'(subject) {
    const { acts } = subject.policy;
    if (!acts) return undefined;
    for (const sample of samples) {
      const answer = await play(own(subject), callOf(sample, { maxTokens: 12 }));
      const { played: expected } = await expectedOf(subject, callOf(sample, { maxTokens: 12 }));
      if (answer.ids.length !== expected.ids.length) continue;
      const [mine, theirs] = [answer.counters.sums, expected.counters.sums];
      const less = (name: string) => (mine[name] ?? 0) < (theirs[name] ?? 0);
      if ((mine[acts] ?? 0) > 0 && work.every((name) => mine[name] === theirs[name])) {
        return `sample ${sample}: ${acts} counts ${mine[acts]}, and the engine did what the baseline does`;
      }
      if (mine.exits && !less('layer_rows')) return `sample ${sample}: exits, and no layer saved`;
      const kept = (mine.kept_rows ?? 0) < (mine.offered_rows ?? 0);
      if (kept && !less('layer_rows') && !less('kv_bytes_sum')) {
        return `sample ${sample}: rows were dropped, and neither layers nor cache saw it`;
      }
    }
    return undefined;
  },

  async 'the token limit is the caller’s'(subject) {
    for (const sample of samples) {
      for (const maxTokens of [1, 2, 5, usual]) {
        const played = maxTokens === usual ? (await aloneOf(subject, sample)).played : undefined;
        const { parts, ids } = played ?? (await play(own(subject), callOf(sample, { maxTokens })));
        const end = parts.at(-1);
        if (ids.length > maxTokens) return `sample ${sample}: ${ids.length} tokens for a limit of ${maxTokens}`;
        if (end?.type === 'end' && end.reason === 'length' && ids.length !== maxTokens) {
          return `sample ${sample}: ended for length after ${ids.length} of ${maxTokens} tokens`;
        }
      }
    }
    return undefined;
  },

  async 'same seed, same answer'(subject) {
    for (const sample of samples) {
      const call = callOf(sample, { temperature: 0.8, sampling: { topP: 0.95 } });
      const first = await play(own(subject), call);
      const second = await play(own(subject), call);
      if (!same(first.ids, second.ids)) return `sample ${sample}: two answers for one seed`;
    }
    return undefined;
  },

  async 'concurrent calls answer as alone'(subject) {
    const generate = own(subject);
    const calls = samples.slice(0, 4).map((sample) => callOf(sample, { temperature: 0.6 }));
    const together = await Promise.all(calls.map((call) => play(generate, call)));
    for (const [at, call] of calls.entries()) {
      const alone = await play(generate, call);
      if (!same(alone.ids, together[at]!.ids)) return `call ${at}: other tokens when played beside others`;
    }
    return undefined;
  },

  async 'exact means the baseline’s tokens'(subject) {
    const { policy, params } = subject;
    if (policy.engine!.fidelity(validate(policy.params, params, policy.name)) !== 'exact') return undefined;
    for (const sample of longestFirst.slice(0, count(8, 36))) {
      const answer = await play(own(subject), callOf(sample, { maxTokens: 48 }));
      const { played: expected } = await expectedOf(subject, callOf(sample, { maxTokens: 48 }));
      if (!same(answer.ids, expected.ids)) return `sample ${sample}: other tokens`;
      if (answer.text !== expected.text) return `sample ${sample}: other text`;
    }
    for (const sample of samples) {
      const call = callOf(sample, { temperature: 0.8, sampling: { topP: 0.95 } });
      const answer = await play(own(subject), call);
      const { played: expected } = await expectedOf(subject, call);
      if (!same(answer.ids, expected.ids)) return `sample ${sample}: other tokens when sampled`;
    }
    return undefined;
  },

  async 'an abort ends the call and frees its sequences'(subject) {
    for (const [at, sample] of samples.entries()) {
      const before = subject.engine.openSequences;
      const outcome = await play(own(subject), callOf(sample), { abortAfter: at % 4 }).then(
        (played) => (played.parts.at(-1)?.type === 'end' ? 'ended' : 'cut'),
        () => 'aborted',
      );
      if (outcome !== 'aborted' && at % 4 < 2) return `sample ${sample}: went on after the abort (${outcome})`;
      if (subject.engine.openSequences !== before) return `sample ${sample}: a sequence is still open`;
    }
    return undefined;
  },

  async 'a reader that leaves frees the sequences'(subject) {
    const before = subject.engine.openSequences;
    for await (const part of own(subject)(callOf(5), { signal: new AbortController().signal, meter: createMeter() })) {
      if (part.type === 'text') break;
    }
    await play(own(subject), callOf(11));
    return subject.engine.openSequences === before ? undefined : 'a sequence is still open';
  },

  async 'every part is stamped while its reader waits for it'(subject) {
    for (const sample of samples) {
      const { parts, asked, got } = (await aloneOf(subject, sample)).played;
      for (const [at, part] of parts.entries()) {
        if (part.at > got[at]!) return `sample ${sample}: part ${at} comes from the future`;
        if (part.at < asked[at]!) {
          return `sample ${sample}: part ${at} claims to be ${elapsed(part.at, asked[at]!)} ms older than its request`;
        }
      }
    }
    return undefined;
  },

  async 'text and ids agree'(subject) {
    for (const sample of samples) {
      const { text, ids, parts } = (await aloneOf(subject, sample)).played;
      if (text !== subject.engine.tokenizer.decode(ids)) return `sample ${sample}: text is not what the ids say`;
      if (parts.some((part) => part.type === 'text' && !(part as TextPart).ids?.length)) return 'a part without ids';
    }
    return undefined;
  },

  async 'counters are declared and add up'(subject) {
    const declared = new Set([...engineCounters, ...Object.keys(subject.policy.counters)]);
    for (const sample of samples) {
      const { played, done } = await aloneOf(subject, sample);
      const { counters } = played;
      const unknown = [...Object.keys(counters.sums), ...Object.keys(counters.tallies)].filter(
        (name) => !declared.has(name),
      );
      if (unknown.length > 0) return `undeclared: ${unknown.join(', ')}`;
      for (const name of ['passes', 'rows', 'layer_rows', 'head_rows']) {
        if (done[name] !== (counters.sums[name] ?? 0))
          return `${name}: the engine did ${done[name]}, the call was charged ${counters.sums[name]}`;
      }
    }
    return undefined;
  },
};

/** Names of the checks that speak, with what they say. */
export async function failures(subject: Subject, names = Object.keys(checks)): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of names) {
    const complaint = await (checks[name] as Check)(subject).catch((error: Error) => `threw ${error.message}`);
    if (complaint) found[name] = complaint;
  }
  return found;
}
