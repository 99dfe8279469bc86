/** Reads one stream of parts: times, texts, token ids, and the rule that exactly one end part closes it. */
import {
  type EndReason,
  elapsed,
  type Part,
  type TextPart,
  type TokenMarks,
  type ToolCall,
  type ToolPart,
  TtcError,
} from '../core/index.ts';
import { addMarks } from './token-marks.ts';

/** What has arrived so far. Times are milliseconds after the intended send. Lists have an entry per part. */
export interface Collected {
  /** Text of the answer channel. */
  answer: string;
  reasoning: string;
  at: number[];
  tokens: number[];
  /** How many events of a server's stream each part came in. */
  events: number[];
  /** Absent where texts and marks are not kept. */
  texts?: string[];
  /** Absent also while there are none. */
  marks?: TokenMarks;
  /** Indices of the parts that are reasoning, and of those that are pieces of tool calls. Absent while there are none. */
  reasoningParts?: number[];
  toolParts?: number[];
  /** By their index in the answer; the pieces so far. */
  toolCalls?: Map<number, Omit<ToolCall, 'id'> & { id?: string }>;
  first_answer?: number;
  /** Time of the last part of any kind; 0 while there is none. */
  end: number;
  reason?: EndReason;
  ids: number[];
}

export interface Collector {
  readonly collected: Collected;
  /** @throws E_BACKEND for a part after the end */
  add(part: Part): void;
  /** @throws E_BACKEND where the stream ended without an end part */
  close(): void;
}

/** What a trial keeps of its answers: texts and marks of each part, or the times of the parts alone. */
export type Timeline = 'full' | 'times';

export function createCollector(intended: bigint, timeline: Timeline = 'full'): Collector {
  const collected: Collected = { answer: '', reasoning: '', at: [], tokens: [], events: [], end: 0, ids: [] };
  if (timeline === 'full') collected.texts = [];
  return {
    collected,
    add(part) {
      if (collected.reason) throw new TtcError('E_BACKEND', `a ${part.type} part came after the end of the stream`);
      collected.end = elapsed(intended, part.at);
      if (part.type === 'end') collected.reason = part.reason;
      else if (part.type === 'tool') takeTool(collected, part);
      else takeText(collected, part);
    },
    close() {
      if (!collected.reason) throw new TtcError('E_BACKEND', 'the stream stopped without an end part');
    },
  };
}

/** Reasoning ends whose beginning had no sign: what was taken for the answer until now was reasoning. */
function closeReasoning(collected: Collected): void {
  collected.reasoning += collected.answer;
  collected.answer = '';
  delete collected.first_answer;
  const tools = new Set(collected.toolParts);
  collected.reasoningParts = [...collected.at.keys()].filter((index) => !tools.has(index));
}

function takeText(collected: Collected, part: TextPart): void {
  if (part.closesReasoning) closeReasoning(collected);
  const tokens = part.ids?.length ?? part.logprobs?.length ?? 0;
  // A part that brings neither text nor tokens (a server's opening event) is no token.
  if (part.text === '' && tokens === 0) return;
  if (part.marks && collected.texts) {
    collected.marks ??= {};
    addMarks(collected.marks, collected.ids.length, part.marks);
  }
  if (part.channel === 'reasoning') {
    collected.reasoningParts ??= [];
    collected.reasoningParts.push(collected.at.length);
  }
  take(collected, part, tokens, part.text);
  collected[part.channel] += part.text;
  if (part.channel === 'answer') collected.first_answer ??= collected.end;
}

function takeTool(collected: Collected, part: ToolPart): void {
  const { index, id, name, arguments: piece } = part;
  collected.toolCalls ??= new Map();
  const call = collected.toolCalls.get(index) ?? { name: '', arguments: '' };
  collected.toolCalls.set(index, call);
  if (id !== undefined) call.id ??= id;
  if (name !== undefined && call.name === '') call.name = name;
  call.arguments += piece;
  collected.toolParts ??= [];
  collected.toolParts.push(collected.at.length);
  take(collected, part, part.ids?.length ?? 0, piece);
}

function take(collected: Collected, part: TextPart | ToolPart, tokens: number, text: string): void {
  collected.at.push(collected.end);
  collected.tokens.push(tokens);
  collected.events.push(part.events ?? 1);
  collected.texts?.push(text);
  for (const id of part.ids ?? []) collected.ids.push(id);
}

/**
 * The tool calls of an answer in their order. One without an id gets one that is the call's own within the trial: what
 * a tool gives has to name it.
 */
export function toolCallsOf({ toolCalls }: Collected, turn: number): ToolCall[] {
  if (!toolCalls) return [];
  return [...toolCalls]
    .sort(([a], [b]) => a - b)
    .map(([index, { id = `call_${turn}_${index}`, ...call }]) => ({ id, ...call }));
}
