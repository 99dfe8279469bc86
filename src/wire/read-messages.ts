/** Messages of a chat request, checked. */
import { isObject } from '../client/usage.ts';
import { type Refused, refuse } from './error-body.ts';

export interface WireMessage {
  role: string;
  content: string;
  /** The tool calls of an assistant's message, as they came; absent where there are none. */
  toolCalls?: readonly unknown[];
  /** Of a tool's message: the call that it answers. */
  toolCallId?: string;
}

/** Text of a message: a string, a list of parts, or nothing (an assistant's tool call). Undefined for anything else. */
export function textOfContent(content: unknown): string | undefined {
  if (typeof content === 'string') return content;
  if (content === null || content === undefined) return '';
  if (!Array.isArray(content)) return undefined;
  const texts = content.map((part) => {
    if (!isObject(part)) return undefined;
    if (part.type === 'refusal' && typeof part.refusal === 'string') return part.refusal;
    return part.type === 'text' && typeof part.text === 'string' ? part.text : undefined;
  });
  return texts.every((text) => text !== undefined) ? texts.join('') : undefined;
}

/** Roles whose messages may be without content. */
const mayBeEmpty = new Set(['assistant', 'tool', 'function']);

export function readMessages(value: unknown): WireMessage[] | Refused {
  if (!Array.isArray(value) || value.length === 0)
    return refuse("'messages' : minimum number of items is 1", { param: 'messages' });
  const messages: WireMessage[] = [];
  for (const [i, message] of value.entries()) {
    const param = `messages.${i}`;
    if (!isObject(message) || typeof message.role !== 'string')
      return refuse(`'${param}' : property 'role' is missing`, { param });
    const { tool_calls: calls, tool_call_id: answered } = message;
    if (message.role === 'tool' && typeof answered !== 'string')
      return refuse(`'${param}' : property 'tool_call_id' is missing`, { param });
    const content = textOfContent(message.content);
    if (content === undefined || (content === '' && message.content == null && !mayBeEmpty.has(message.role)))
      return refuse(`'${param}.content' : value must be a string or a list of text parts`, {
        param: `${param}.content`,
      });
    const asks = message.role === 'assistant' && Array.isArray(calls) && calls.length > 0;
    messages.push({
      role: message.role,
      content,
      ...(asks && { toolCalls: calls }),
      ...(typeof answered === 'string' && { toolCallId: answered }),
    });
  }
  return messages;
}
