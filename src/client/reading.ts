/** The fold over the events of one answer: text and pieces of tool calls out, and everything the call's record needs. */
import {
  type AnswerFilter,
  createThinkingFilter,
  type Emit,
  isOrdinary,
  keepingFilter,
  type TextEnd,
  type TextPart,
  type TokenLogprobs,
  type ToolPart,
} from '../core/index.ts';
import { type ChunkFacts, type EventKind, readChunk } from './chunk.ts';
import { createEchoFilter } from './echo-filter.ts';
import { createEventTemplate } from './event-template.ts';
import type { ServerTimings } from './timings.ts';
import { createToolPlaces, type PlacedDelta } from './tool-delta.ts';
import { isObject, laterUsage, type WireUsage } from './usage.ts';
import type { WireError } from './wire-error.ts';

export interface Reading {
  readonly id?: string;
  readonly events: Partial<Record<EventKind, number>>;
  /** First event that carries text of any channel, or a tool call. Absent where the answer came in one piece. */
  readonly first?: bigint;
  readonly finish?: string;
  readonly finishedAt?: bigint;
  /** Text came after a finish reason: a break may be in the middle of the answer. */
  readonly spokeOn?: true;
  /** The answer came in one piece, though a stream was asked for. */
  readonly isWhole?: true;
  readonly doneAt?: bigint;
  readonly error?: WireError;
  readonly usage?: WireUsage;
  /** The newest event with text, or one after it, came with a usage: it counts all that was read. */
  readonly isCounted?: boolean;
  readonly timings?: ServerTimings;
  /** All that the model wrote: text of every channel, names and arguments of tool calls. */
  readonly text: string;
  /** Tool calls that have begun. */
  readonly toolCalls: number;
  /** Text of the reasoning channel came. */
  readonly reasoned: boolean;
  /** Events with data so far: comments and heartbeats are no progress. */
  readonly progress: number;
  /** Events with text, exact ids and log-probabilities of text so far: candidates for a token count. */
  readonly chunks: number;
  readonly ids: number;
  readonly logprobs: number;
  /** Events with text that came with ids or log-probabilities. */
  readonly told: number;
  /** Words among the events that are no JSON: what a server without manners says when it fails. */
  readonly stray?: string;
}

export interface ReaderOptions {
  /** `drop`: reasoning between tags in the answer goes to the reasoning channel. `keep`: it stays. @default 'drop' */
  reasoning?: 'drop' | 'keep';
  /** Start of an answer that the server says again before it goes on. */
  echo?: string;
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
  /** No more events: hands on what was held back too. */
  end(): void;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Open<T> = Mutable<T> & { events: number; ids?: number[] };
type OpenText = Open<TextPart & { logprobs?: TokenLogprobs[] }>;
type OpenPart = OpenText | Open<ToolPart>;

/** As much as an error can show of an event, and more, so that a key at its end is found before it is cut. */
const shownOfEvent = 4096;

export function createReader(emit: (part: TextPart | ToolPart) => void, options: ReaderOptions = {}): Reader {
  const reading: Mutable<Reading> = {
    events: {},
    text: '',
    toolCalls: 0,
    reasoned: false,
    progress: 0,
    chunks: 0,
    ids: 0,
    logprobs: 0,
    told: 0,
  };
  const template = createEventTemplate();
  const place = createToolPlaces();
  const { reasoning = 'drop', echo = '' } = options;
  let open: OpenPart | undefined;
  /** Where each event of the open text ends. */
  let ends: TextEnd[] = [];
  /** Of tokens without text: bytes of a character that is not whole yet. They go with the text that follows. */
  let spare: { ids: readonly number[]; logprobs: readonly TokenLogprobs[] } | undefined;
  let filter: AnswerFilter | undefined;
  let answered = false;

  const count = (kind: EventKind) => {
    reading.events[kind] = (reading.events[kind] ?? 0) + 1;
  };

  function flush(): void {
    const part = open;
    open = undefined;
    if (!part) return;
    // An event of which two channels were spoken counts in both parts.
    if (part.events === 0) part.events = 1;
    if (part.type === 'text' && ends.length > 0) {
      if (ends.length > 1) part.ends = wholeEnds(part, ends);
      ends = [];
    }
    emit(part);
  }

  /** After an event: the text that is open ends here, if it got longer. */
  function markEnd(): void {
    if (open?.type !== 'text' || open.text.length === (ends.at(-1)?.length ?? 0)) return;
    ends.push({ length: open.text.length, tokens: open.ids?.length ?? open.events });
  }

  function text(channel: TextPart['channel'], piece: string, at: bigint): OpenText {
    reading.text += piece;
    if (channel === 'reasoning') reading.reasoned = true;
    if (open?.type === 'text' && open.channel === channel && open.at === at) {
      open.text += piece;
      return open;
    }
    flush();
    const part: OpenText = { type: 'text', at, text: piece, channel, events: 0 };
    open = part;
    return part;
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

  /** What needs a filter is rare, so one is made when it is needed. */
  function answer(piece: string, at: bigint): boolean {
    const isPlain = echo === '' && (reasoning === 'keep' || isOrdinary(piece, !answered));
    if (filter || !isPlain) {
      filter ??= filterFrom(answered);
      return filter.take(piece, at);
    }
    answered = true;
    text('answer', piece, at);
    return true;
  }

  function filterFrom(isBegun: boolean): AnswerFilter {
    const emit: Emit = (channel, piece, at, closes) => {
      const part = text(channel, piece, at);
      if (closes) part.closesReasoning = true;
    };
    const inner =
      reasoning === 'keep' ? keepingFilter(emit) : createThinkingFilter(emit, isBegun ? 'watching' : 'start');
    return echo === '' ? inner : createEchoFilter(echo, inner);
  }

  function speak(facts: ChunkFacts, at: bigint): void {
    if (facts.reasoning !== '') text('reasoning', facts.reasoning, at);
    const isNews = facts.answer === '' || answer(facts.answer, at);
    if (facts.tools) for (const delta of facts.tools) tool(place(delta), at);
    if (facts.kind !== 'content' && facts.kind !== 'reasoning' && facts.kind !== 'tool') return;
    if (!isNews && facts.reasoning === '') return;
    if (reading.finish !== undefined) reading.spokeOn = true;
    reading.first ??= at;
    reading.chunks++;
    if (open) open.events++;
  }

  /** Ids that come with the finish reason and no text are those of the token that ends the answer. */
  function exact(facts: ChunkFacts): void {
    if ((!facts.ids && !facts.logprobs) || facts.kind === 'finish') return;
    if (facts.kind === 'content' || facts.kind === 'reasoning') reading.told++;
    const { ids = [], logprobs = [] } = facts;
    reading.ids += ids.length;
    reading.logprobs += logprobs.length;
    const hasText = facts.answer !== '' || facts.reasoning !== '' || facts.tools !== undefined;
    const all = spare ? { ids: [...spare.ids, ...ids], logprobs: [...spare.logprobs, ...logprobs] } : { ids, logprobs };
    spare = open && hasText ? undefined : all;
    if (!open || !hasText) return;
    if (all.ids.length > 0) open.ids = [...(open.ids ?? []), ...all.ids];
    if (all.logprobs.length > 0 && open.type === 'text') open.logprobs = [...(open.logprobs ?? []), ...all.logprobs];
  }

  /** A message where pieces were asked for: the whole answer, or what the pieces have said already. */
  function message(facts: ChunkFacts, at: bigint): void {
    if (reading.chunks > 0) return;
    speak(facts, at);
    reading.isWhole = true;
    reading.first = undefined;
  }

  function take(facts: ChunkFacts, at: bigint): void {
    count(facts.kind);
    reading.id ??= facts.id;
    if (facts.error) {
      reading.error = facts.error;
      return;
    }
    if (facts.isMessage) message(facts, at);
    else speak(facts, at);
    exact(facts);
    markEnd();
    if (facts.usage) {
      reading.usage = laterUsage(reading.usage, facts.usage);
      reading.isCounted = true;
    } else if (facts.answer !== '' || facts.reasoning !== '' || facts.tools) reading.isCounted = false;
    if (facts.timings) reading.timings = facts.timings;
    if (facts.finish === undefined) return;
    reading.finish = facts.finish;
    reading.finishedAt = at;
    if (facts.finish === 'error') reading.error = { message: 'the server ended the answer with finish_reason "error"' };
  }

  function fail(message: string): void {
    count('error');
    reading.error = { message };
  }

  function parse(data: string): unknown {
    try {
      return JSON.parse(data);
    } catch {
      return undefined;
    }
  }

  /** An event that is no JSON object: the end, a sign of life, or words. */
  function other(data: string, name: string, at: bigint): void {
    if (/^"?\[done\]/i.test(data)) {
      reading.progress++;
      count('done');
      reading.doneAt = at;
    } else if (name === 'error') fail(data);
    else {
      count('heartbeat');
      if (data !== '' && parse(data) === undefined) reading.stray ??= data.slice(0, shownOfEvent);
    }
  }

  return {
    reading,
    event(data, name, at, partial = false) {
      if (reading.doneAt !== undefined || reading.error) return;
      if (data.charCodeAt(0) !== brace) {
        const trimmed = data.trim();
        if (trimmed.charCodeAt(0) !== brace) return other(trimmed, name, at);
      }
      const known = name === 'error' ? undefined : template.match(data);
      if (known) {
        reading.progress++;
        return take(known, at);
      }
      const chunk = parse(data);
      if (!isObject(chunk)) {
        if (!partial) fail(`an event of the stream is not a JSON object: ${data.slice(0, shownOfEvent)}`);
        return;
      }
      if (isSignOfLife(chunk, name)) return count('heartbeat');
      reading.progress++;
      const facts = readChunk(chunk, name === 'error');
      template.learn(data, facts);
      take(facts, at);
    },
    comment: () => count('comment'),
    whole(body, at) {
      take(readChunk(body), at);
      reading.isWhole = true;
      reading.first = undefined;
      reading.doneAt = at;
    },
    flush,
    end() {
      filter?.end();
      flush();
    },
  };
}

/** The last end is that of the text, whatever of it came in an event that two channels were spoken in. */
function wholeEnds({ text, ids, events }: OpenText, ends: readonly TextEnd[]): TextEnd[] {
  const last = { length: text.length, tokens: ids?.length ?? events };
  return [...ends.filter(({ length }) => length < last.length), last];
}

const brace = '{'.charCodeAt(0);

/** `{"type": "ping"}`, `{}` and their like: nothing that an answer is made of. */
function isSignOfLife(chunk: Record<string, unknown>, name: string): boolean {
  if (name === 'error' || chunk.choices !== undefined || chunk.error !== undefined) return false;
  const type = chunk.type ?? chunk.event ?? name;
  if (typeof type === 'string' && /^(ping|pong|heart-?beat|keep-?alive)$/i.test(type)) return true;
  return Object.keys(chunk).length === 0;
}
