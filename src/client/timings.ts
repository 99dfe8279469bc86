/** Server-side times in milliseconds, out of the shapes and units servers use. */
import type { CallRecord } from '../core/index.ts';
import { isObject, numberAt } from './usage.ts';

export type ServerTimings = NonNullable<CallRecord['server']>;

type Source = { names: { [part in keyof ServerTimings]: readonly string[] }; milliseconds: number };

const groq: Source = {
  names: { queue: ['queue_time'], prompt: ['prompt_time'], completion: ['completion_time'], total: ['total_time'] },
  milliseconds: 1000,
};
const llamaCpp: Source = { names: { prompt: ['prompt_ms'], completion: ['predicted_ms'] }, milliseconds: 1 };
const fireworks: Source = {
  names: {
    queue: ['prefill-queue-duration'],
    prompt: ['prefill-duration'],
    completion: ['generation-duration'],
    total: ['server-processing-time'],
  },
  milliseconds: 1000,
};
const vllm: Source = {
  names: { queue: ['queue_time_ms'], prompt: ['prefill_time_ms'], completion: ['generation_time_ms'] },
  milliseconds: 1,
};
const lmStudio: Source = {
  names: { prompt: ['time_to_first_token', 'time_to_first_token_seconds'], completion: ['generation_time'] },
  milliseconds: 1000,
};
const ollama: Source = {
  names: { prompt: ['prompt_eval_duration'], completion: ['eval_duration'], total: ['total_duration'] },
  milliseconds: 1e-6,
};

function read(source: Source, fields: unknown): ServerTimings | undefined {
  if (!isObject(fields)) return undefined;
  let timings: ServerTimings | undefined;
  for (const [part, names] of Object.entries(source.names)) {
    const value = numberAt(fields, ...names);
    if (value === undefined) continue;
    timings ??= {};
    timings[part as keyof ServerTimings] = value * source.milliseconds;
  }
  return timings;
}

/** Times in a chunk: Groq, Cerebras (`time_info`), llama.cpp (`timings`), Fireworks, vLLM (`metrics`), LM Studio, Ollama. */
export function timingsOf(chunk: Record<string, unknown>): ServerTimings | undefined {
  const groqUsage = isObject(chunk.x_groq) ? chunk.x_groq.usage : undefined;
  return (
    read(groq, chunk.usage) ??
    read(groq, groqUsage) ??
    read(groq, chunk.time_info) ??
    read(llamaCpp, chunk.timings) ??
    read(fireworks, chunk.perf_metrics) ??
    read(vllm, chunk.metrics) ??
    read(lmStudio, chunk.stats) ??
    (chunk.eval_duration === undefined ? undefined : read(ollama, chunk))
  );
}

export type Headers = Readonly<Record<string, string | string[] | undefined>>;

export const header = (headers: Headers, name: string): string | undefined => {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
};

const byHeader: readonly (readonly [part: keyof ServerTimings, name: string, milliseconds: number])[] = [
  ['total', 'openai-processing-ms', 1],
  ['queue', 'x-queue-time', 1],
  ['completion', 'x-inference-time', 1],
  ['total', 'x-total-time', 1],
  ['prompt', 'fireworks-server-time-to-first-token', 1000],
  ['total', 'fireworks-server-processing-time', 1000],
];

/** Times in response headers: OpenAI, TGI and Fireworks (both on answers that are not streamed). */
export function timingsOfHeaders(headers: Headers): ServerTimings | undefined {
  let timings: ServerTimings | undefined;
  for (const [part, name, milliseconds] of byHeader) {
    const text = header(headers, name);
    const value = text === undefined ? Number.NaN : Number.parseFloat(text);
    if (!Number.isFinite(value)) continue;
    timings ??= {};
    timings[part] = value * milliseconds;
  }
  return timings;
}
