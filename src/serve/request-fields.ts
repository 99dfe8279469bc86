/** The fields of a chat request: which are done, which are read and left, and which are refused, with the reason. */
import { z } from 'zod';

/** Most answers to one request. */
export const mostAnswers = 16;
const mostStops = 16;
const mostMessages = 4096;

const whole = z.int();
const text = z.string();

/** Everything that a request may hold. What stands nowhere here is refused by its name. */
export const requestFields = z.strictObject({
  model: text,
  messages: z.array(z.unknown()).min(1).max(mostMessages),
  stream: z.boolean().nullish(),
  stream_options: z
    .strictObject({
      include_usage: z.boolean().nullish(),
      continuous_usage_stats: z.boolean().nullish(),
      include_obfuscation: z.boolean().nullish(),
    })
    .nullish(),
  max_tokens: whole
    .min(1)
    .max(2 ** 24)
    .nullish(),
  max_completion_tokens: whole
    .min(1)
    .max(2 ** 24)
    .nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().gt(0).max(1).nullish(),
  top_k: whole.min(0).nullish(),
  min_p: z.number().min(0).max(1).nullish(),
  repetition_penalty: z.number().min(0.001).max(1000).nullish(),
  repeat_penalty: z.number().min(0.001).max(1000).nullish(),
  seed: whole.nullish(),
  stop: z.union([text.min(1).max(1024), z.array(text.min(1).max(1024)).max(mostStops)]).nullish(),
  n: whole.min(1).max(mostAnswers).nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: whole.min(0).max(20).nullish(),
  tools: z.array(z.unknown()).max(128).nullish(),
  tool_choice: z.unknown().optional(),
  parallel_tool_calls: z.boolean().nullish(),
  prediction: z.strictObject({ type: z.literal('content'), content: z.unknown() }).nullish(),
  response_format: z.unknown().optional(),
  continue_final_message: z.boolean().nullish(),
  add_generation_prompt: z.boolean().nullish(),
  chat_template_kwargs: z.record(text, z.unknown()).nullish(),
  return_token_ids: z.boolean().nullish(),
  // Read and left: they say nothing about the answer.
  user: z.unknown().optional(),
  metadata: z.unknown().optional(),
  safety_identifier: z.unknown().optional(),
  prompt_cache_key: z.unknown().optional(),
  // Only as what they are without being given. There is no cache of prompts, so every request does without one.
  cache_prompt: z.literal(false).nullish(),
  frequency_penalty: z.literal(0).nullish(),
  presence_penalty: z.literal(0).nullish(),
  logit_bias: z.strictObject({}).nullish(),
  store: z.literal(false).nullish(),
  service_tier: z.enum(['auto', 'default', 'on_demand']).nullish(),
});

export type RequestFields = z.output<typeof requestFields>;

/** Why a field that other servers know is refused here. */
export const refusedFields: Readonly<Record<string, string>> = {
  audio: 'the models here write text only',
  modalities: 'the models here write text only',
  functions: 'use tools',
  function_call: 'use tool_choice',
  reasoning_effort: 'reasoning is not controlled; chat_template_kwargs reaches what the template offers',
  reasoning_format: 'reasoning between tags stays in the text',
  include_reasoning: 'reasoning between tags stays in the text',
  frequency_penalty: 'the engine has repetition_penalty only',
  presence_penalty: 'the engine has repetition_penalty only',
  logit_bias: 'the engine cannot bias tokens',
  cache_prompt: 'no prompt is cached',
  store: 'nothing is stored',
  service_tier: 'there is one tier',
  ignore_eos: 'the end token always ends an answer',
  echo: 'the prompt is never part of the answer',
  best_of: 'use n',
  web_search_options: 'the server reaches nothing outside',
};
