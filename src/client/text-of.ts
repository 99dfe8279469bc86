/** Text of an event by channel, in every shape in use: plain strings, typed pieces, objects around a text. */
import { isObject } from './usage.ts';

type Fields = Record<string, unknown>;

export interface Channels {
  answer: string;
  reasoning: string;
}

const textFields = ['text', 'content', 'thinking', 'summary', 'parts', 'reasoning'] as const;

/** The text in a value, however it is wrapped. */
function words(value: unknown, depth = 0): string {
  if (typeof value === 'string') return value;
  if (depth > 4) return '';
  if (Array.isArray(value)) return value.map((piece) => words(piece, depth + 1)).join('');
  if (!isObject(value)) return '';
  for (const name of textFields) {
    const text = words(value[name], depth + 1);
    if (text !== '') return text;
  }
  return '';
}

const isThought = (piece: Fields): boolean =>
  (typeof piece.type === 'string' && /think|thought|reason|summary/.test(piece.type)) || piece.thought === true;

/** Typed pieces of a `content` field, or one of them alone: thinking pieces are reasoning, whatever else has text is answer. */
function split(content: unknown): Channels {
  const channels: Channels = { answer: '', reasoning: '' };
  for (const piece of Array.isArray(content) ? content : [content])
    channels[isObject(piece) && isThought(piece) ? 'reasoning' : 'answer'] += words(piece);
  return channels;
}

/** Servers send one of these, or an empty one beside one that is filled. */
const reasoningFields = ['reasoning', 'reasoning_content', 'reasoning_text', 'thinking', 'reasoning_details'] as const;

function reasoningOf(delta: Fields): string {
  for (const name of reasoningFields) {
    const value = delta[name];
    if (value === undefined || value === null || value === '') continue;
    const text = words(value);
    if (text !== '') return text;
  }
  return '';
}

/** @param otherwise what to take for the answer where the delta has none: `text` of the old completions API */
export function channelsOf(delta: Fields, otherwise: unknown): Channels {
  const content = delta.content ?? otherwise;
  const reasoning = reasoningOf(delta);
  if (typeof content === 'string' && content !== '') return { answer: content, reasoning };
  const pieces = content ? split(content) : { answer: '', reasoning: '' };
  // What OpenAI's models say instead of an answer that they will not give.
  if (pieces.answer === '' && typeof delta.refusal === 'string') pieces.answer = delta.refusal;
  return { answer: pieces.answer, reasoning: reasoning + pieces.reasoning };
}
