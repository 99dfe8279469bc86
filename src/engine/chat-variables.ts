/** Messages as chat templates know them. */
import type { Message } from '../core/index.ts';
import { parseJson, type Value } from '../jinja/index.ts';

/**
 * The messages in the form that Hugging Face's Transformers gives to templates: a call's arguments are an object, where
 * they are JSON for one, and a tool's result carries the name of its tool.
 */
export function templateMessages(messages: readonly Message[]): Record<string, unknown>[] {
  const names = new Map<string, string>();
  return messages.map((message) => {
    const { role, content } = message;
    if (role === 'tool') {
      const name = names.get(message.id);
      return { role, tool_call_id: message.id, ...(name !== undefined && { name }), content };
    }
    const calls = role === 'assistant' ? (message.toolCalls ?? []) : [];
    if (calls.length === 0) return { role, content };
    for (const { id, name } of calls) names.set(id, name);
    const toolCalls = calls.map(({ id, name, arguments: text }) => ({
      id,
      type: 'function',
      function: { name, arguments: argumentsOf(text) },
    }));
    return { role, content, tool_calls: toolCalls };
  });
}

/** What the model wrote may be no JSON: then templates get the text. */
function argumentsOf(text: string): Value {
  try {
    const value = parseJson(text);
    return value instanceof Map ? value : text;
  } catch {
    return text;
  }
}

/**
 * Llama 3 templates write today's date. A benchmark's prompt must be the same tomorrow, so here it is always
 * 26 July 2024, the date that these templates themselves fall back to.
 */
const fixedDate: Readonly<Record<string, string>> = {
  a: 'Fri',
  A: 'Friday',
  b: 'Jul',
  B: 'July',
  d: '26',
  e: '26',
  m: '07',
  y: '24',
  Y: '2024',
  H: '00',
  I: '12',
  M: '00',
  S: '00',
  p: 'AM',
  j: '208',
  F: '2024-07-26',
  D: '07/26/24',
  T: '00:00:00',
  '%': '%',
};

/** `strftime` of the fixed date; fields that it does not know stay as they are. */
export function formatFixedDate(pattern: string): string {
  return pattern.replace(/%([A-Za-z%])/g, (whole, field: string) => fixedDate[field] ?? whole);
}
