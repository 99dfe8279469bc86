import type { Call } from './call.ts';

/** Whether a call offers tools, or its messages hold tool calls or what tools gave. */
export const usesTools = ({ tools, messages }: Pick<Call, 'tools' | 'messages'>): boolean =>
  (tools?.length ?? 0) > 0 ||
  messages.some(
    (message) => message.role === 'tool' || (message.role === 'assistant' && (message.toolCalls?.length ?? 0) > 0),
  );
