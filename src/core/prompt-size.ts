import type { Call } from './call.ts';

/** Characters of everything that a model reads of a call, but for what a chat template puts around it. */
export function promptCharacters({ messages, tools, ...call }: Pick<Call, 'messages' | 'continue' | 'tools'>): number {
  let characters = call.continue?.length ?? 0;
  for (const message of messages) {
    characters += message.content.length;
    if (message.role !== 'assistant') continue;
    for (const { name, arguments: text } of message.toolCalls ?? []) characters += name.length + text.length;
  }
  return tools?.length ? characters + JSON.stringify(tools).length : characters;
}
