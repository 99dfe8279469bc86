/** What a server and model can do, found out by small calls and not by its documentation. */
import { type Call, type CallRecord, codeOf, createMeter, type Generate, TtcError } from '../core/index.ts';
import type { Provider } from './providers.ts';

/** `undefined` support: it could not be asked now (a limit, an overload). */
export interface ProbeResult {
  supported?: boolean;
  /** What was seen. */
  evidence: string;
}

export const probed = ['usage', 'server-timings', 'prefill', 'logprobs', 'n'] as const;
export type ProbedCapability = (typeof probed)[number];
export type Probes = Record<ProbedCapability, ProbeResult>;

export interface ProbeOptions {
  /** A source with the given quirks. */
  open(quirks: Provider): Generate;
  quirks: Provider;
  /** A whole chat answer to a raw body. */
  chat(body: object): Promise<Record<string, unknown>>;
  model: string;
  extra?: Record<string, unknown>;
  signal: AbortSignal;
}

const counting: Call = {
  messages: [{ role: 'user', content: 'Count from one to twenty in words, separated by commas.' }],
  maxTokens: 24,
  temperature: 0,
  seed: 1,
};

interface Heard {
  text: string;
  hasLogprobs: boolean;
  record?: CallRecord;
  error?: unknown;
}

async function listen(generate: Generate, call: Call, signal: AbortSignal): Promise<Heard> {
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

/** A refusal is an answer; a limit or an overload is none. */
function refusal(error: unknown): ProbeResult {
  const evidence = (error as Error).message;
  const isPassing = error instanceof TtcError && error.retry !== undefined;
  return isPassing || codeOf(error) === 'E_CALL_TIMEOUT' ? { evidence } : { supported: false, evidence };
}

function common(a: string, b: string): number {
  let length = 0;
  while (length < Math.min(a.length, b.length) && a[length] === b[length]) length++;
  return length;
}

/**
 * The model's own answer is cut in the middle and given back as its start: at temperature 0 a continuation goes on
 * with the other half, a server that ignores the start begins anew.
 */
async function probePrefill({ open, quirks, signal }: ProbeOptions, whole: string): Promise<ProbeResult> {
  if (whole.trim().length < 24) return { supported: false, evidence: 'the answer has too little text to be continued' };
  const at = whole.lastIndexOf(' ', Math.floor(whole.length / 2));
  const start = whole.slice(0, at > 8 ? at : Math.floor(whole.length / 2));
  const source = open({ ...quirks, prefill: quirks.prefill === 'none' ? 'append' : quirks.prefill });
  const { text, error } = await listen(source, { ...counting, maxTokens: 12, continue: start }, signal);
  if (error) return refusal(error);
  const rest = whole.slice(start.length).trimStart();
  const continues = common(text.trimStart(), rest) >= Math.min(6, rest.length);
  const restarts = common(text.trimStart(), whole.trimStart()) >= 6;
  const words = `after ${JSON.stringify(start.slice(-16))} came ${JSON.stringify(text.slice(0, 24))}`;
  return { supported: continues && !restarts, evidence: words };
}

async function probeLogprobs({ open, quirks, signal }: ProbeOptions): Promise<ProbeResult> {
  const source = open({ ...quirks, logprobs: quirks.logprobs === 'none' ? 'openai' : quirks.logprobs });
  const { hasLogprobs, error } = await listen(source, { ...counting, maxTokens: 4, logprobs: 2 }, signal);
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

/** Five answers for four small calls. Throws only what makes every call fail: a wrong key, an unknown model, no server. */
export async function probe(options: ProbeOptions): Promise<Probes> {
  const plain = await listen(options.open(options.quirks), counting, options.signal);
  if (plain.error) return unasked(plain.error);
  const { usage, server } = plain.record ?? {};
  return {
    usage: { supported: usage?.method === 'usage', evidence: `counted by ${usage?.method}` },
    'server-timings': {
      supported: server !== undefined,
      evidence: server ? `times of ${Object.keys(server).join(', ')}` : 'none came',
    },
    prefill: await probePrefill(options, plain.text),
    logprobs: await probeLogprobs(options),
    n: await probeN(options),
  };
}
