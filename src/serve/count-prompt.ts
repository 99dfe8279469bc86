/** `POST /tokenize`, as vLLM has it: the tokens of a text, or of messages as the model's template makes a prompt of them. */
import { isObject } from '../client/usage.ts';
import { codeOf, plainText } from '../core/index.ts';
import { modelNotFound, type Refused, readMessages, refuse } from '../wire/index.ts';
import { contextOf, messagesOf, type RequestLimits, startOf } from './read-request.ts';
import type { ServedModel } from './served-model.ts';

export interface Tokenized {
  count: number;
  max_model_len: number;
  tokens: number[];
}

export function countPrompt(body: unknown, models: readonly ServedModel[], limits: RequestLimits): Tokenized | Refused {
  if (!isObject(body)) return refuse('request body is not an object');
  const name = body.model ?? models[0]?.name;
  const model = models.find((one) => one.name === name);
  if (!model) return { status: 404, body: modelNotFound(plainText(String(name), 200)) };
  const tokens = tokensIn(body, model);
  return Array.isArray(tokens) ? { count: tokens.length, max_model_len: contextOf(model, limits), tokens } : tokens;
}

function tokensIn(body: Record<string, unknown>, { tokenizer }: ServedModel): number[] | Refused {
  if (typeof body.prompt === 'string' && body.messages === undefined) return tokenizer.encode(body.prompt);
  const wire = readMessages(body.messages);
  if (!Array.isArray(wire)) return wire;
  const messages = messagesOf(wire);
  if (!Array.isArray(messages)) return messages;
  const { add_generation_prompt: opens, continue_final_message: goesOn } = body;
  const started = startOf(messages, { add_generation_prompt: opens === true, continue_final_message: goesOn === true });
  try {
    const text = tokenizer.chat(started === undefined ? messages : messages.slice(0, -1), started);
    return tokenizer.encode(text, { special: true });
  } catch (error) {
    if (codeOf(error) !== 'E_ARGUMENT') throw error;
    return refuse(plainText((error as Error).message, 500), { param: 'messages', code: 'invalid_value' });
  }
}
