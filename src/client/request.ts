/** A call as the body of a chat request. What a provider cannot express is refused, never left out. */
import { randomUUID } from 'node:crypto';
import { type Call, type Message, type Sampling, TtcError, usesTools } from '../core/index.ts';
import { type Body, without } from './adapt.ts';
import type { Provider } from './providers.ts';

function refuse(provider: Provider, what: string, help: string): never {
  throw new TtcError('E_CAPABILITY', `${provider.name} ${what}`, { help });
}

export function messageOf(message: Message): unknown {
  const { role, content } = message;
  if (message.role === 'tool') return { role, tool_call_id: message.id, content };
  if (message.role !== 'assistant' || !message.toolCalls?.length) return { role, content };
  const calls = message.toolCalls.map(({ id, name, arguments: text }) => ({
    id,
    type: 'function',
    function: { name, arguments: text },
  }));
  // Servers refuse an empty text beside tool calls more often than none.
  return { role, content: content === '' ? null : content, tool_calls: calls };
}

function messagesOf(call: Call, provider: Provider): unknown[] {
  const messages = call.messages.map(messageOf);
  if (!call.continue) return messages;
  if (provider.prefill === 'none')
    refuse(provider, 'cannot continue a started answer', 'use a provider with prefill, for example groq or vllm');
  const started = { role: 'assistant', content: call.continue };
  return [...messages, provider.prefill === 'prefix' ? { ...started, prefix: true } : started];
}

function sampling(call: Call, provider: Provider): Body {
  const fields: Body = {};
  for (const [name, value] of Object.entries(call.sampling ?? {})) {
    if (value === undefined) continue;
    const field = provider.samplingFields[name as keyof Sampling];
    if (!field) refuse(provider, `has no sampling parameter ${name}`, 'leave it out of the configuration');
    fields[field] = value;
  }
  return fields;
}

function logprobs(call: Call, provider: Provider): Body {
  if (call.logprobs === undefined) return {};
  if (provider.logprobs === 'none')
    refuse(provider, 'gives no log-probabilities', 'use a server that does, for example vllm');
  return provider.logprobs === 'integer'
    ? { logprobs: call.logprobs }
    : { logprobs: true, top_logprobs: call.logprobs };
}

function stops(call: Call, provider: Provider): Body {
  if (!call.stop || call.stop.length === 0) return {};
  if (call.stop.length > provider.maxStops)
    refuse(provider, `takes at most ${provider.maxStops} stop strings, not ${call.stop.length}`, 'use fewer');
  return { stop: call.stop };
}

function tools(call: Call, provider: Provider): Body {
  if (provider.tools === 'none' && usesTools(call))
    refuse(provider, 'takes no tools', 'use a server that does, or a benchmark that asks for tools in plain text');
  if (!call.tools?.length) return {};
  const { toolChoice: choice } = call;
  return {
    tools: call.tools.map(({ name, description, parameters }) => ({
      type: 'function',
      function: { name, description, parameters },
    })),
    ...(choice !== undefined && {
      tool_choice: typeof choice === 'string' ? choice : { type: 'function', function: choice },
    }),
  };
}

export interface Wishes {
  /** More fields: they overrule everything but the stream. */
  extra?: Body;
  /** Fields that are left out; a dot leaves out a part of one: `stream_options.include_usage`. */
  omit?: readonly string[];
  /** `cold`: no prompt is taken from the server's cache, where the server can be asked that. @default 'as-is' */
  cache?: 'cold' | 'as-is';
}

/** A salt of its own for every request: none finds what another left. */
function coldCache({ cold }: Provider, cache: Wishes['cache']): Body {
  if (cache !== 'cold' || !cold) return {};
  return { [cold.field]: cold.by === 'off' ? false : randomUUID() };
}

/** The body of a streamed chat request. */
export function chatBody(call: Call, model: string, provider: Provider, { extra, omit, cache }: Wishes = {}): Body {
  const streamOptions = { ...(provider.usage === 'ask' ? { include_usage: true } : {}), ...provider.streamOptions };
  const body: Body = {
    model,
    messages: messagesOf(call, provider),
    [provider.maxTokensField]: call.maxTokens,
    temperature: call.temperature,
    ...sampling(call, provider),
    ...(provider.seedField === 'none' ? {} : { [provider.seedField]: call.seed & 0x7fffffff }),
    ...stops(call, provider),
    ...logprobs(call, provider),
    ...tools(call, provider),
    ...(call.continue && provider.prefill === 'continue_final_message'
      ? { continue_final_message: true, add_generation_prompt: false }
      : {}),
    ...provider.extra,
    ...coldCache(provider, cache),
    ...extra,
    stream: true,
    ...(Object.keys(streamOptions).length > 0 ? { stream_options: streamOptions } : {}),
  };
  return omit && omit.length > 0 ? without(body, omit) : body;
}
