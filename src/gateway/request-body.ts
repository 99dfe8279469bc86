/** Checks a chat request as Groq does, before anything is streamed. */
import { isObject } from '../client/usage.ts';
import { errorBody, type Flavour, modelNotFound } from './groq-wire.ts';
import { promptTokens, type SimulatedMessage } from './words.ts';

export interface ChatRequest {
  model: string;
  messages: SimulatedMessage[];
  stream: boolean;
  includeUsage: boolean;
  maxTokens: number;
  temperature: number;
  seed: number;
  stops: string[];
  logprobs: boolean;
  topLogprobs: number;
  n: number;
  serviceTier: string;
  tools: RequestTool[];
  toolChoice: 'none' | 'auto' | 'required' | { name: string };
  /** Whether an answer may ask for more than one tool. */
  parallelTools: boolean;
}

export interface RequestTool {
  name: string;
  parameters?: unknown;
}

export interface Refused {
  status: number;
  body: Record<string, unknown>;
}

/** What an absent max_tokens is charged with: the reason for Groq's 413 on small accounts. */
const unsetMaxTokens = 32_768;
const contextWindow = 131_072;

const refuse = (message: string, more: Record<string, unknown> = {}, status = 400): Refused => ({
  status,
  body: errorBody(message, 'invalid_request_error', more),
});

const unsupported = (param: string) => refuse(`\`${param}\` is not supported with this model`, { param });

function messagesOf(value: unknown): SimulatedMessage[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const messages = value.map(messageOf);
  return messages.every((message) => message !== undefined) ? messages : undefined;
}

function messageOf(message: unknown): SimulatedMessage | undefined {
  if (!isObject(message) || typeof message.role !== 'string') return undefined;
  const { role, content, tool_calls: calls, tool_call_id: answered } = message;
  if (role === 'tool' && typeof answered !== 'string') return undefined;
  const asks = role === 'assistant' && Array.isArray(calls) && calls.length > 0;
  if (asks && (content === null || content === undefined))
    return { role, content: '', toolCalls: JSON.stringify(calls) };
  if (typeof content !== 'string') return undefined;
  return { role, content, ...(asks && { toolCalls: JSON.stringify(calls) }) };
}

/** Undefined where one is malformed. */
function toolsOf(value: unknown): RequestTool[] | undefined {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return undefined;
  const tools = value.map((tool) => {
    const called = isObject(tool) && tool.type === 'function' && isObject(tool.function) ? tool.function : {};
    return typeof called.name === 'string' ? { name: called.name, parameters: called.parameters } : undefined;
  });
  return tools.every((tool) => tool !== undefined) ? tools : undefined;
}

/** Undefined where it is malformed. */
function toolChoiceOf(value: unknown): ChatRequest['toolChoice'] | undefined {
  if (value === undefined || value === null) return 'auto';
  if (value === 'none' || value === 'auto' || value === 'required') return value;
  const called = isObject(value) && isObject(value.function) ? value.function : {};
  return typeof called.name === 'string' ? { name: called.name } : undefined;
}

const number = (value: unknown, otherwise: number): number => (typeof value === 'number' ? value : otherwise);

type Checked = Pick<ChatRequest, 'messages' | 'tools' | 'toolChoice'>;

function fieldsOf(body: Record<string, unknown>, checked: Checked): ChatRequest {
  const options = isObject(body.stream_options) ? body.stream_options : {};
  return {
    ...checked,
    model: String(body.model),
    parallelTools: body.parallel_tool_calls !== false,
    stream: body.stream === true,
    includeUsage: options.include_usage === true,
    maxTokens: number(body.max_completion_tokens ?? body.max_tokens, unsetMaxTokens),
    temperature: number(body.temperature, 1),
    seed: number(body.seed, 0),
    stops: typeof body.stop === 'string' ? [body.stop] : Array.isArray(body.stop) ? body.stop.map(String) : [],
    logprobs: body.logprobs === true,
    topLogprobs: number(body.top_logprobs, 0),
    n: number(body.n, 1),
    serviceTier: String(body.service_tier ?? 'on_demand'),
  };
}

function groqRefuses(request: ChatRequest): Refused | undefined {
  if (request.logprobs) return unsupported('logprobs');
  if (request.topLogprobs > 0) return unsupported('top_logprobs');
  return request.n > 1 ? refuse("'n' : number must be at most 1", { param: 'n' }) : undefined;
}

function refused(request: ChatRequest, models: readonly string[], flavour: Flavour): Refused | undefined {
  if (!models.includes(request.model)) return { status: 404, body: modelNotFound(request.model) };
  if (!(request.temperature >= 0 && request.temperature <= 2))
    return refuse("'temperature' : number must be at most 2", { param: 'temperature' });
  if (!Number.isInteger(request.maxTokens) || request.maxTokens < 1)
    return refuse("'max_completion_tokens' : value must be a positive integer", { param: 'max_completion_tokens' });
  if (request.stops.length > 4) return refuse("'stop' : must have at most 4 items", { param: 'stop' });
  if (promptTokens(request) > contextWindow)
    return refuse('Please reduce the length of the messages or completion.', {
      code: 'context_length_exceeded',
      param: 'messages',
    });
  const { tools, toolChoice } = request;
  if (typeof toolChoice === 'object' && !tools.some(({ name }) => name === toolChoice.name))
    return refuse(`tool choice function ${toolChoice.name} was not in the provided tools`, { param: 'tool_choice' });
  if (toolChoice === 'required' && tools.length === 0)
    return refuse("'tool_choice' is only allowed when 'tools' are specified", { param: 'tool_choice' });
  const byGroq = flavour === 'groq' ? groqRefuses(request) : undefined;
  if (byGroq) return byGroq;
  return request.stream && request.n > 1 ? refuse('several answers are simulated only without a stream') : undefined;
}

/** The request, or how it is refused. */
export function readRequest(text: string, models: readonly string[], flavour: Flavour): ChatRequest | Refused {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return refuse('request body is not valid JSON');
  }
  if (!isObject(body)) return refuse('request body is not an object');
  if (typeof body.model !== 'string') return refuse("property 'model' is missing", { param: 'model' });
  const messages = messagesOf(body.messages);
  if (!messages) return refuse("'messages' : minimum number of items is 1", { param: 'messages' });
  const tools = toolsOf(body.tools);
  if (!tools) return refuse("'tools' : each must be a function with a name", { param: 'tools' });
  const toolChoice = toolChoiceOf(body.tool_choice);
  if (!toolChoice)
    return refuse("'tool_choice' : must be none, auto, required or a function", { param: 'tool_choice' });
  const request = fieldsOf(body, { messages, tools, toolChoice });
  return refused(request, models, flavour) ?? request;
}
