/** What a server and model can do, found out by small calls and not by its documentation. */
import { type Call, type CallRecord, codeOf, createMeter, type Generate, plainText, TtcError } from '../core/index.ts';
import type { Provider } from './providers.ts';
import type { Scrub } from './secrets.ts';

/** `undefined` support: it could not be asked now (a limit, an overload). */
export interface ProbeResult {
  supported?: boolean;
  /** What was seen. */
  evidence: string;
  /** Of prefill: the server says the given start again before it goes on. */
  echoes?: true;
}

export const probed = ['usage', 'server-timings', 'prefill', 'logprobs', 'n'] as const;
export type ProbedCapability = (typeof probed)[number];
export type Probes = Record<ProbedCapability, ProbeResult>;

export interface ProbeOptions {
  /** A source with the given quirks. */
  open(quirks: Provider): Generate;
  quirks: Provider;
  /** A whole chat answer to a raw body. */
  chat(body: Record<string, unknown>): Promise<Record<string, unknown>>;
  model: string;
  extra?: Record<string, unknown>;
  /** How the run will ask: a model may take only its own temperature. */
  ask?: ProbeAsk;
  scrub?: Scrub;
  signal: AbortSignal;
  /** The record of a plain answer. */
  onAnswer?(record: CallRecord): void;
}

export type ProbeAsk = Partial<Pick<Call, 'temperature' | 'sampling'>>;

/** What the probes ask: an answer that any model begins in the same way. */
export const counting: Call = {
  messages: [{ role: 'user', content: 'Count from one to twenty in words, separated by commas.' }],
  maxTokens: 24,
  temperature: 0,
  seed: 1,
};

export interface Heard {
  text: string;
  hasLogprobs: boolean;
  record?: CallRecord;
  error?: unknown;
}

/** All of one answer, or why there is none. @throws only where the caller left */
export async function listen(generate: Generate, call: Call, signal: AbortSignal): Promise<Heard> {
  const meter = createMeter();
  const heard: Heard = { text: '', hasLogprobs: false };
  try {
    for await (const part of generate(call, { signal, meter })) {
      if (part.type !== 'text') continue;
      if (part.channel === 'answer') heard.text += part.text;
      if (part.logprobs) heard.hasLogprobs = true;
    }
  } catch (error) {
    if (signal.aborted) throw error;
    heard.error = error;
  }
  heard.record = meter.counters.calls.at(-1);
  return heard;
}

/** A limit, an overload, a server that is slow today: the same question may be answered later. */
export const isPassing = (error: unknown): boolean =>
  (error instanceof TtcError && error.retry !== undefined) || codeOf(error) === 'E_CALL_TIMEOUT';

/** A refusal is an answer; what passes is none. */
function refusal(error: unknown): ProbeResult {
  const evidence = (error as Error).message;
  return isPassing(error) ? { evidence } : { supported: false, evidence };
}

function common(a: string, b: string): number {
  let length = 0;
  while (length < Math.min(a.length, b.length) && a[length] === b[length]) length++;
  return length;
}

/** No model writes this of itself: a server that begins with it repeats what it was given. */
const mark = 'Counted (7q4z): ';

/**
 * The model's own answer is cut in the middle and given back as its start: at temperature 0 a continuation goes on
 * with the other half, a server that ignores the start begins anew. One that seems to begin anew may also repeat the
 * start before it goes on: it is asked once more with a start that no model would write.
 */
async function probePrefill(options: ProbeOptions, whole: string): Promise<ProbeResult> {
  const { open, quirks, signal, scrub = (text) => text } = options;
  if (whole.trim().length < 24) return { supported: false, evidence: 'the answer has too little text to be continued' };
  const at = whole.lastIndexOf(' ', Math.floor(whole.length / 2));
  const start = whole.slice(0, at > 8 ? at : Math.floor(whole.length / 2));
  const rest = whole.slice(start.length).trimStart();
  const source = open({
    ...quirks,
    prefill: quirks.prefill === 'none' ? 'append' : quirks.prefill,
    echoesPrefill: false,
  });
  const goesOn = (text: string) => common(text.trimStart(), rest) >= Math.min(6, rest.length);
  const seen = (begin: string, text: string) =>
    plainText(scrub(`after ${JSON.stringify(begin.slice(-16))} came ${JSON.stringify(text.slice(0, 24))}`));
  const { text, error } = await listen(source, { ...askedOf(options), maxTokens: 12, continue: start }, signal);
  if (error) return refusal(error);
  if (common(text.trimStart(), whole.trimStart()) < 6) return { supported: goesOn(text), evidence: seen(start, text) };
  const marked = `${mark}${start.trimStart()}`;
  const again = await listen(source, { ...askedOf(options), maxTokens: 48, continue: marked }, signal);
  const said = again.text.trimStart();
  if (again.error || !said.startsWith(marked)) return { supported: false, evidence: seen(start, text) };
  const continued = said.slice(marked.length);
  const evidence = `the start came again; ${seen(start, continued)}`;
  return goesOn(continued) ? { supported: true, evidence, echoes: true } : { supported: false, evidence };
}

const askedOf = ({ ask }: ProbeOptions): Call => ({ ...counting, ...ask });

async function probeLogprobs(options: ProbeOptions): Promise<ProbeResult> {
  const { open, quirks, signal } = options;
  const source = open({ ...quirks, logprobs: quirks.logprobs === 'none' ? 'openai' : quirks.logprobs });
  const { hasLogprobs, error } = await listen(source, { ...askedOf(options), maxTokens: 4, logprobs: 2 }, signal);
  if (error) return refusal(error);
  return { supported: hasLogprobs, evidence: hasLogprobs ? 'they came' : 'accepted, but none came' };
}

async function probeN({ chat, quirks, model, extra }: ProbeOptions): Promise<ProbeResult> {
  try {
    const body = { model, messages: counting.messages, [quirks.maxTokensField]: 1, n: 2, ...extra };
    const { choices } = await chat(body);
    const count = Array.isArray(choices) ? choices.length : 0;
    return { supported: count === 2, evidence: `n = 2 gave ${count} answers` };
  } catch (error) {
    return refusal(error);
  }
}

function unasked(error: unknown): Probes {
  const result = refusal(error);
  if (result.supported === false) throw error;
  return Object.fromEntries(probed.map((name) => [name, result])) as Probes;
}

const countedBy = (usage: CallRecord['usage']): string =>
  `counted by ${usage?.method}${usage?.contradiction ? `: the usage contradicts the text (${usage.contradiction})` : ''}`;

/** Five answers for four small calls, or five where the start of an answer comes again. Throws only what makes every call fail: a wrong key, an unknown model, no server. */
export async function probe(options: ProbeOptions): Promise<Probes> {
  const plain = await listen(options.open(options.quirks), askedOf(options), options.signal);
  if (plain.error) return unasked(plain.error);
  if (plain.record) options.onAnswer?.(plain.record);
  const { usage, server } = plain.record ?? {};
  return {
    usage: { supported: usage?.method === 'usage', evidence: countedBy(usage) },
    'server-timings': {
      supported: server !== undefined,
      evidence: server ? `times of ${Object.keys(server).join(', ')}` : 'none came',
    },
    prefill: await probePrefill(options, plain.text),
    logprobs: await probeLogprobs(options),
    n: await probeN(options),
  };
}
