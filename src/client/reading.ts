/** The fold over the events of one answer: text and pieces of tool calls out, and everything the call's record needs. */
import type { TextPart, TokenLogprobs, ToolPart } from '../core/index.ts';
import { type ChunkFacts, type EventKind, readChunk, type WireError } from './chunk.ts';
import { createEventTemplate } from './event-template.ts';
import type { ServerTimings } from './timings.ts';
import { createToolPlaces, type PlacedDelta } from './tool-delta.ts';
import { isObject, type WireUsage } from './usage.ts';

export interface Reading {
  readonly id?: string;
  readonly events: Partial<Record<EventKind, number>>;
  /** First event that carries text of any channel, or a tool call. */
  readonly first?: bigint;
  readonly finish?: string;
  readonly finishedAt?: bigint;
  readonly doneAt?: bigint;
  readonly error?: WireError;
  readonly usage?: WireUsage;
  readonly timings?: ServerTimings;
  /** All that the model wrote: text of every channel, names and arguments of tool calls. */
  readonly text: string;
  /** Tool calls that have begun. */
  readonly toolCalls: number;
  /** Events with data so far: a comment is no progress. */
  readonly progress: number;
  /** Events with text, exact ids and log-probabilities seen so far: candidates for a token count. */
  readonly chunks: number;
  readonly ids: number;
  readonly logprobs: number;
}

export interface Reader {
  readonly reading: Reading;
  /** `at`: stamp of the socket read. `partial`: the event lacked its end, so bad JSON is no error of the server. */
  event(data: string, name: string, at: bigint, partial?: boolean): void;
  comment(): void;
  /** An answer that came as one JSON body. */
  whole(body: Record<string, unknown>, at: bigint): void;
  /** Hands on the text of this read. */
  flush(): void;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Open<T> = Mutable<T> & { events: number; ids?: number[] };
type OpenPart = Open<TextPart & { logprobs?: TokenLogprobs[] }> | Open<ToolPart>;

export function createReader(emit: (part: TextPart | ToolPart) => void): Reader {
  const reading: Mutable<Reading> = {
    events: {},
    text: '',
    toolCalls: 0,
    progress: 0,
    chunks: 0,
    ids: 0,
    logprobs: 0,
  };
  const template = createEventTemplate();
  const place = createToolPlaces();
  let open: OpenPart | undefined;

  const count = (kind: EventKind) => {
    reading.events[kind] = (reading.events[kind] ?? 0) + 1;
  };

  function flush(): void {
    const part = open;
    open = undefined;
    if (part) emit(part);
  }

  function text(channel: TextPart['channel'], piece: string, at: bigint): void {
    reading.text += piece;
    if (open?.type === 'text' && open.channel === channel && open.at === at) {
      open.text += piece;
      return;
    }
    flush();
    open = { type: 'text', at, text: piece, channel, events: 0 };
  }

  function tool({ index, id, name, arguments: piece }: PlacedDelta, at: bigint): void {
    reading.text += (name ?? '') + piece;
    reading.toolCalls = Math.max(reading.toolCalls, index + 1);
    if (open?.type !== 'tool' || open.index !== index || open.at !== at) {
      flush();
      open = { type: 'tool', at, index, arguments: '', events: 0 };
    }
    open.arguments += piece;
    if (id !== undefined) open.id = id;
    if (name !== undefined) open.name = name;
  }

  function speak(facts: ChunkFacts, at: bigint): void {
    if (facts.reasoning !== '') text('reasoning', facts.reasoning, at);
    if (facts.answer !== '') text('answer', facts.answer, at);
    if (facts.tools) for (const delta of facts.tools) tool(place(delta), at);
    if (facts.kind !== 'content' && facts.kind !== 'reasoning' && facts.kind !== 'tool') return;
    reading.first ??= at;
    reading.chunks++;
    if (open) open.events++;
  }

  function exact(facts: ChunkFacts): void {
    if (facts.ids) {
      reading.ids += facts.ids.length;
      if (open) open.ids = [...(open.ids ?? []), ...facts.ids];
    }
    if (facts.logprobs) {
      reading.logprobs += facts.logprobs.length;
      if (open?.type === 'text') open.logprobs = [...(open.logprobs ?? []), ...facts.logprobs];
    }
  }

  function take(facts: ChunkFacts, at: bigint): void {
    count(facts.kind);
    reading.id ??= facts.id;
    if (facts.error) {
      reading.error = facts.error;
      return;
    }
    speak(facts, at);
    exact(facts);
    if (facts.usage) reading.usage = facts.usage;
    if (facts.timings) reading.timings = facts.timings;
    if (facts.finish === undefined) return;
    reading.finish = facts.finish;
    reading.finishedAt = at;
    if (facts.finish === 'error') reading.error = { message: 'the server ended the answer with finish_reason "error"' };
  }

  function parse(data: string, partial: boolean): Record<string, unknown> | undefined {
    try {
      const value: unknown = JSON.parse(data);
      if (isObject(value)) return value;
    } catch {}
    if (!partial) {
      count('error');
      reading.error = { message: `an event of the stream is not a JSON object: ${data.slice(0, 80)}` };
    }
    return undefined;
  }

  return {
    reading,
    event(data, name, at, partial = false) {
      if (reading.doneAt !== undefined || reading.error) return;
      reading.progress++;
      if (data.startsWith('[DONE]')) {
        count('done');
        reading.doneAt = at;
        return;
      }
      const known = name === 'error' ? undefined : template.match(data);
      if (known) return take(known, at);
      const chunk = parse(data, partial);
      if (!chunk) return;
      const facts = readChunk(chunk, name === 'error');
      template.learn(data, facts);
      take(facts, at);
    },
    comment: () => count('comment'),
    whole(body, at) {
      take(readChunk(body), at);
      reading.doneAt = at;
    },
    flush,
  };
}
