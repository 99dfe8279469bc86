/** A chat request, checked against what its model and this server can do. */
import { randomInt } from 'node:crypto';
import { isObject } from '../client/usage.ts';
import { type Call, codeOf, didYouMean, type Message, plainText, type ToolCall } from '../core/index.ts';
import {
  modelNotFound,
  type Refused,
  type RequestTool,
  readMessages,
  readTools,
  refuse,
  type ToolChoice,
  textOfContent,
  type WireMessage,
} from '../wire/index.ts';
import { type RequestFields, refusedFields, requestFields } from './request-fields.ts';
import type { ServedModel } from './served-model.ts';

export interface ServeRequest {
  model: ServedModel;
  /** Of the first answer; those of the others differ in their seed. */
  call: Call;
  n: number;
  stream: boolean;
  includeUsage: boolean;
  /** Usage as it is so far in every event, as vLLM's `continuous_usage_stats` has it. */
  continuousUsage: boolean;
  /** Tokens of the prompt. */
  promptTokens: number;
  /** Ids of tokens beside their text, as vLLM's `return_token_ids` has them. */
  tokenIds: boolean;
  tools: readonly RequestTool[];
  /** An answer has to call a tool; the text that its first call was begun with. */
  forced?: string;
  /** Whether an answer may call more than one tool. */
  parallelTools: boolean;
}

export interface RequestLimits {
  /** Of an answer whose request names no limit, as far as the context has room. */
  defaultMaxTokens: number;
  /** Most positions of prompt and answer, where that is less than the model's context. */
  mostTokens?: number | undefined;
}

/** The request, or how it is refused. */
export function readRequest(
  body: unknown,
  models: readonly ServedModel[],
  limits: RequestLimits,
): ServeRequest | Refused {
  if (!isObject(body)) return refuse('request body is not an object');
  if (typeof body.model !== 'string') return refuse("property 'model' is missing", { param: 'model' });
  const model = models.find(({ name }) => name === body.model);
  if (!model) return { status: 404, body: modelNotFound(plainText(body.model, 200)) };
  const { format, ...others } = { format: body.response_format, ...body };
  const refusedFormat = formatRefused(format);
  if (refusedFormat) return refusedFormat;
  const checked = requestFields.safeParse(others);
  if (!checked.success) return refuseIssue(checked.error.issues[0] as Issue, others);
  return assemble(checked.data, model, limits);
}

interface Issue {
  code: string;
  message: string;
  path: PropertyKey[];
  keys?: string[];
}

function refuseIssue({ code, message, path, keys = [] }: Issue, body: Record<string, unknown>): Refused {
  const at = path.map(String).join('.');
  if (code !== 'unrecognized_keys' || keys.length === 0) {
    const param = at.split('.')[0] ?? '';
    const why = refusedFields[param];
    // A field that is known as far as it changes nothing.
    const value = body[param];
    const isNeutralOnly = why !== undefined && value !== undefined;
    const words = isNeutralOnly ? `\`${param}\` is not supported: ${why}` : `'${at}' : ${message}`;
    return refuse(words, { param: at, ...(isNeutralOnly && { code: 'unsupported_parameter' }) });
  }
  const name = plainText(keys[0] as string, 80);
  const param = at === '' ? name : `${at}.${name}`;
  const why = refusedFields[keys[0] as string];
  const near = why ?? (at === '' ? didYouMean(keys[0] as string, Object.keys(requestFields.shape)).slice(2) : '');
  return refuse(`\`${param}\` is not supported${near === '' ? '' : `: ${near}`}`, {
    param,
    code: 'unsupported_parameter',
  });
}

function formatRefused(format: unknown): Refused | undefined {
  if (format === undefined || format === null || (isObject(format) && format.type === 'text')) return undefined;
  return refuse('`response_format` is not supported: the engine cannot hold an answer to a grammar', {
    param: 'response_format',
    code: 'unsupported_parameter',
  });
}

function assemble(fields: RequestFields, model: ServedModel, limits: RequestLimits): ServeRequest | Refused {
  const wire = readMessages(fields.messages);
  if (!Array.isArray(wire)) return wire;
  const asked = readTools(fields, 'groq');
  if ('status' in asked) return asked;
  const messages = messagesOf(wire);
  if (!Array.isArray(messages)) return messages;
  const started = startOf(messages, fields);
  const turns = started === undefined ? messages : messages.slice(0, -1);
  if (turns.length === 0)
    return refuse('there is no message before the started answer', { param: 'messages', code: 'invalid_value' });
  const { toolChoice } = asked;
  const tools = toolChoice === 'none' ? [] : asked.tools;
  const usesTools = tools.length > 0 || turns.some((turn) => turn.role === 'tool' || 'toolCalls' in turn);
  if (usesTools && !model.tools) return noTools(model);
  const prediction = predictionOf(fields, model);
  if (typeof prediction === 'object') return prediction;
  const forced = forcedStart(toolChoice);
  if (forced !== undefined && started !== undefined)
    return refuse('a started answer cannot be held to a tool', { param: 'tool_choice', code: 'invalid_value' });
  const continued = started ?? forced;
  const template = {
    ...(tools.length > 0 && { tools: tools.map(asTemplateTool) }),
    ...(fields.chat_template_kwargs && { variables: fields.chat_template_kwargs }),
  };
  const call = {
    messages: turns,
    ...(continued !== undefined && { continue: continued }),
    ...((usesTools || fields.chat_template_kwargs) && { template }),
    ...(prediction !== undefined && { prediction }),
    ...samplingOf(fields),
  };
  const size = sizeOf(fields, model, call, limits);
  if ('status' in size) return size;
  const { maxTokens, promptTokens } = size;
  return {
    model,
    call: { ...call, maxTokens },
    promptTokens,
    n: fields.n ?? 1,
    stream: fields.stream ?? false,
    includeUsage: fields.stream_options?.include_usage ?? false,
    continuousUsage: fields.stream_options?.continuous_usage_stats ?? false,
    tokenIds: fields.return_token_ids ?? false,
    tools,
    ...(forced !== undefined && { forced }),
    parallelTools: fields.parallel_tool_calls ?? true,
  };
}

const roles: Readonly<Record<string, 'system' | 'user'>> = { system: 'system', developer: 'system', user: 'user' };

export function messagesOf(wire: readonly WireMessage[]): Message[] | Refused {
  const messages: Message[] = [];
  for (const [i, { role, content, toolCalls, toolCallId }] of wire.entries()) {
    const plain = Object.hasOwn(roles, role) ? roles[role] : undefined;
    const calls = toolCalls?.map(toolCallOf);
    if (plain) messages.push({ role: plain, content });
    else if (role === 'tool') messages.push({ role, id: toolCallId as string, content });
    else if (role !== 'assistant')
      return refuse(`'messages.${i}.role' : must be system, developer, user, assistant or tool`, {
        param: `messages.${i}.role`,
      });
    else if (calls?.includes(undefined))
      return refuse(`'messages.${i}.tool_calls' : each must have an id and a function with name and arguments`, {
        param: `messages.${i}.tool_calls`,
      });
    else messages.push({ role, content, ...(calls && { toolCalls: calls as ToolCall[] }) });
  }
  return messages;
}

function toolCallOf(value: unknown): ToolCall | undefined {
  const called = isObject(value) && isObject(value.function) ? value.function : {};
  const id = isObject(value) ? value.id : undefined;
  const { name, arguments: text } = called;
  if (typeof id !== 'string' || typeof name !== 'string' || typeof text !== 'string') return undefined;
  return { id, name, arguments: text };
}

/** A last message of the assistant is the start of its answer, unless the request opens a new turn. */
export function startOf(
  messages: readonly Message[],
  fields: Pick<RequestFields, 'continue_final_message' | 'add_generation_prompt'>,
): string | undefined {
  const last = messages.at(-1);
  const opensTurn = fields.continue_final_message === false || fields.add_generation_prompt === true;
  if (last?.role !== 'assistant' || last.toolCalls || (opensTurn && !fields.continue_final_message)) return undefined;
  return last.content;
}

const noTools = ({ name }: ServedModel): Refused =>
  refuse(`\`tools\` is not supported with \`${name}\`: its chat template has none that this server can read`, {
    param: 'tools',
    code: 'unsupported_parameter',
  });

function predictionOf({ prediction }: RequestFields, { predicts, policy }: ServedModel): string | undefined | Refused {
  if (!prediction) return undefined;
  const text = textOfContent(prediction.content);
  if (text === undefined || prediction.content === null || prediction.content === undefined)
    return refuse("'prediction.content' : value must be a string or a list of text parts", {
      param: 'prediction.content',
    });
  if (predicts) return text;
  return refuse(`\`prediction\` is not supported with the policy ${policy}, which decides each step itself`, {
    param: 'prediction',
    code: 'unsupported_parameter',
  });
}

/** The answer is begun with a call of the tool that it has to call: what follows is still the model's own. */
function forcedStart(choice: ToolChoice): string | undefined {
  if (choice === 'none' || choice === 'auto') return undefined;
  const name = choice === 'required' ? '"' : `${JSON.stringify(choice.name)}, "arguments": `;
  return `<tool_call>\n{"name": ${name}`;
}

const asTemplateTool = ({ name, description, parameters }: RequestTool) => ({
  type: 'function',
  function: { name, description: description ?? '', parameters: parameters ?? { type: 'object', properties: {} } },
});

function samplingOf(fields: RequestFields): Omit<Call, 'messages' | 'maxTokens'> {
  const { temperature, top_p: topP, top_k: topK, min_p: minP, stop, logprobs, seed } = fields;
  const repetitionPenalty = fields.repetition_penalty ?? fields.repeat_penalty;
  const sampling = {
    ...(topP != null && { topP }),
    ...(topK != null && { topK }),
    ...(minP != null && { minP }),
    ...(repetitionPenalty != null && { repetitionPenalty }),
  };
  const stops = typeof stop === 'string' ? [stop] : (stop ?? []);
  return {
    temperature: temperature ?? 1,
    seed: seed ?? randomInt(2 ** 31),
    ...(Object.keys(sampling).length > 0 && { sampling }),
    ...(stops.length > 0 && { stop: stops }),
    ...(logprobs && { logprobs: fields.top_logprobs ?? 0 }),
  };
}

/** Positions for prompt and answer together. */
export const contextOf = ({ contextLength }: ServedModel, { mostTokens = contextLength }: RequestLimits): number =>
  Math.min(contextLength, mostTokens);

/** Tokens of the prompt and the limit of the answer: what was asked for where it fits, else what fits of the default. */
function sizeOf(
  fields: RequestFields,
  model: ServedModel,
  call: Pick<Call, 'messages' | 'continue' | 'template'>,
  limits: RequestLimits,
): { promptTokens: number; maxTokens: number } | Refused {
  const { tokenizer } = model;
  const most = contextOf(model, limits);
  let prompt: number;
  try {
    const text = tokenizer.chat(call.messages, call.continue, call.template);
    prompt = tokenizer.encode(text, { special: true }).length;
  } catch (error) {
    if (codeOf(error) !== 'E_ARGUMENT') throw error;
    return refuse(plainText((error as Error).message, 500), { param: 'messages', code: 'invalid_value' });
  }
  const wanted = fields.max_completion_tokens ?? fields.max_tokens;
  const room = most - prompt;
  if (room >= (wanted ?? 1))
    return { promptTokens: prompt, maxTokens: wanted ?? Math.min(limits.defaultMaxTokens, room) };
  return refuse(
    `This model's maximum context length is ${most} tokens. However, you requested ${prompt + (wanted ?? 1)} tokens ` +
      `(${prompt} in the messages, ${wanted ?? 1} in the completion). Please reduce the length of the messages or completion.`,
    { param: 'messages', code: 'context_length_exceeded' },
  );
}
