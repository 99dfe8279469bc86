/** Chunks, whole answers and usage, as OpenAI and Groq write them. */

/** Whose dialect is spoken. `openai`: no `x_groq`, usage only on demand. `vllm`: the same, but it continues answers. */
export type Flavour = 'groq' | 'openai' | 'vllm';

export interface AnswerHead {
  id: string;
  requestId: string;
  model: string;
  seed: number;
  flavour: Flavour;
  /** Seconds since 1970. */
  created: number;
  fingerprint: string;
}

export interface UsageFacts {
  prompt: number;
  completion: number;
  reasoning: number;
  /** Drafts of a predicted output: those that became part of the answer, and those that did not. */
  prediction?: { accepted: number; rejected: number };
  /** Milliseconds. */
  queueTime: number;
  promptTime: number;
  completionTime: number;
}

type Fields = Record<string, unknown>;

const seconds = (milliseconds: number) => Number((milliseconds / 1000).toFixed(9));

export function usageFields(facts: UsageFacts, flavour: Flavour): Fields {
  const { prompt, completion, reasoning, prediction } = facts;
  const counts = { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
  const kinds = {
    ...(reasoning > 0 && { reasoning_tokens: reasoning }),
    ...(prediction && {
      accepted_prediction_tokens: prediction.accepted,
      rejected_prediction_tokens: prediction.rejected,
    }),
  };
  const details = Object.keys(kinds).length > 0 ? { completion_tokens_details: kinds } : {};
  if (flavour !== 'groq') return { ...counts, ...details };
  return {
    queue_time: seconds(facts.queueTime),
    ...counts,
    prompt_time: seconds(facts.promptTime),
    completion_time: seconds(facts.completionTime),
    total_time: seconds(facts.promptTime + facts.completionTime),
    ...details,
  };
}

/** Usage as it is so far, in every event: vLLM's `continuous_usage_stats`. */
export const usageSoFar = (prompt: number, completion: number): Fields => ({
  usage: { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion },
});

export function chunk(head: AnswerHead, choices: readonly Fields[], more: Fields = {}): Fields {
  const { id, model, created, fingerprint } = head;
  return { id, object: 'chat.completion.chunk', created, model, system_fingerprint: fingerprint, choices, ...more };
}

export const choice = (delta: Fields, finish: string | null = null, logprobs: unknown = null, index = 0): Fields => ({
  index,
  delta,
  logprobs,
  finish_reason: finish,
});

export function roleChunk(head: AnswerHead, index: number, more: Fields): Fields {
  const isGroq = head.flavour === 'groq';
  const delta = { role: 'assistant', content: '', ...(isGroq ? {} : { refusal: null }) };
  const own = isGroq ? { x_groq: { id: head.requestId, seed: head.seed } } : {};
  return chunk(head, [choice(delta, null, null, index)], { ...own, ...more });
}

export interface WholeChoice {
  message: Fields;
  finish: string;
  logprobs: unknown;
  /** More fields of the choice. */
  more?: Fields;
}

export function wholeAnswer(head: AnswerHead, choices: readonly WholeChoice[], usage: Fields): Fields {
  const { id, model, requestId, seed, flavour, created, fingerprint } = head;
  return {
    id,
    object: 'chat.completion',
    created,
    model,
    choices: choices.map(({ message, finish, logprobs, more }, index) => ({
      index,
      message: { role: 'assistant', ...message },
      logprobs,
      finish_reason: finish,
      ...more,
    })),
    usage,
    system_fingerprint: fingerprint,
    ...(flavour === 'groq' ? { x_groq: { id: requestId, seed }, service_tier: 'on_demand' } : {}),
  };
}

/** A tool that the model asks for, with its arguments as JSON text. */
export interface AskedTool {
  id: string;
  name: string;
  arguments: string;
}

/** As a message that came whole has them. */
export const wholeCalls = (calls: readonly AskedTool[]) =>
  calls.map(({ id, name, arguments: text }) => ({ id, type: 'function', function: { name, arguments: text } }));

export interface ListedModel {
  id: string;
  created: number;
  ownedBy: string;
  contextWindow: number;
  maxCompletionTokens: number;
  /** More fields. */
  more?: Fields;
}

export const modelFields = (model: ListedModel): Fields => ({
  id: model.id,
  object: 'model',
  created: model.created,
  owned_by: model.ownedBy,
  active: true,
  context_window: model.contextWindow,
  public_apps: null,
  max_completion_tokens: model.maxCompletionTokens,
  ...model.more,
});

export const modelList = (models: readonly ListedModel[]): Fields => ({
  object: 'list',
  data: models.map(modelFields),
});
