/** Checks a chat request as Groq does, before anything is streamed. */
import { isObject } from '../client/usage.ts';
import {
  type Flavour,
  modelNotFound,
  type Refused,
  type RequestTool,
  readMessages,
  readTools,
  refuse,
  type ToolChoice,
} from '../wire/index.ts';
import { promptTokens, type SimulatedMessage } from './words.ts';

export interface ChatRequest {
  model: string;
  messages: SimulatedMessage[];
  stream: boolean;
  includeUsage: boolean;
  /** vLLM's: usage as it is so far in every event. */
  continuousUsage: boolean;
  maxTokens: number;
  temperature: number;
  seed: number;
  stops: string[];
  logprobs: boolean;
  topLogprobs: number;
  n: number;
  serviceTier: string;
  tools: RequestTool[];
  toolChoice: ToolChoice;
  /** Whether an answer may ask for more than one tool. */
  parallelTools: boolean;
  /** The answer is JSON; with a schema it fits that. */
  json?: { schema?: Record<string, unknown> };
}

/** What an absent max_tokens is charged with: the reason for Groq's 413 on small accounts. */
const unsetMaxTokens = 32_768;
const contextWindow = 131_072;

const unsupported = (param: string) => refuse(`\`${param}\` is not supported with this model`, { param });

function messagesOf(value: unknown): SimulatedMessage[] | Refused {
  const messages = readMessages(value);
  if (!Array.isArray(messages)) return messages;
  return messages.map(({ role, content, toolCalls }) => ({
    ...{ role, content },
    ...(toolCalls && { toolCalls: JSON.stringify(toolCalls) }),
  }));
}

/** Both providers want the word: a model that is not told would write blanks for ever. */
const namesJson = (messages: readonly SimulatedMessage[]) => messages.some(({ content }) => /json/i.test(content));

function jsonOf(format: unknown, messages: readonly SimulatedMessage[]): ChatRequest['json'] | Refused {
  if (format === null || format === undefined) return undefined;
  const param = 'response_format';
  if (!isObject(format) || typeof format.type !== 'string')
    return refuse("'response_format' : property 'type' is missing", { param });
  if (format.type === 'text') return undefined;
  if (format.type === 'json_object') {
    if (namesJson(messages)) return {};
    const message =
      "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.";
    return refuse(message, { param: 'messages' });
  }
  if (format.type !== 'json_schema')
    return refuse(`Invalid value: '${format.type}'. Supported values are: 'json_object', 'json_schema', and 'text'.`, {
      param: 'response_format.type',
      code: 'invalid_value',
    });
  const { json_schema: named } = format;
  if (!isObject(named) || typeof named.name !== 'string' || named.name === '')
    return refuse("Missing required parameter: 'response_format.json_schema.name'.", { param: `${param}.json_schema` });
  return isObject(named.schema) ? { schema: named.schema } : {};
}

const number = (value: unknown, otherwise: number): number => (typeof value === 'number' ? value : otherwise);

type Checked = Pick<ChatRequest, 'messages' | 'tools' | 'toolChoice' | 'json'>;

function fieldsOf(body: Record<string, unknown>, checked: Checked): ChatRequest {
  const options = isObject(body.stream_options) ? body.stream_options : {};
  return {
    ...checked,
    model: String(body.model),
    parallelTools: body.parallel_tool_calls !== false,
    stream: body.stream === true,
    includeUsage: options.include_usage === true,
    continuousUsage: options.continuous_usage_stats === true,
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
  return flavour === 'groq' ? groqRefuses(request) : openAiRefuses(request);
}

function openAiRefuses({ logprobs, topLogprobs, n }: ChatRequest): Refused | undefined {
  if (!Number.isInteger(n) || n < 1 || n > 128)
    return refuse("Invalid 'n': integer out of range. Expected a value from 1 to 128.", { param: 'n' });
  if (topLogprobs > 0 && !logprobs)
    return refuse("The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.", {
      param: 'top_logprobs',
    });
  if (Number.isInteger(topLogprobs) && topLogprobs >= 0 && topLogprobs <= 20) return undefined;
  return refuse("Invalid 'top_logprobs': integer out of range. Expected a value from 0 to 20.", {
    param: 'top_logprobs',
  });
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
  if (!Array.isArray(messages)) return messages;
  const asked = readTools(body, flavour);
  if ('status' in asked) return asked;
  const json = jsonOf(body.response_format, messages);
  if (json && 'status' in json) return json;
  const request = fieldsOf(body, { messages, ...asked, ...(json && { json }) });
  return refused(request, models, flavour) ?? request;
}
