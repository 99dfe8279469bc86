/** One usage record out of the many shapes servers send. The last non-null one of a stream counts; they are never summed. */
export interface WireUsage {
  /** Missing where the server counts the answer only. */
  prompt?: number;
  completion: number;
  reasoning?: number;
  cached?: number;
}

type Fields = Record<string, unknown>;

export const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const numberAt = (fields: unknown, ...names: readonly string[]): number | undefined => {
  if (!isObject(fields)) return undefined;
  for (const name of names) {
    const value = fields[name];
    if (typeof value === 'number' && Number.isFinite(value)) return value;
  }
  return undefined;
};

/** Usage of a chunk or a whole answer: OpenAI chat, OpenAI responses, Groq (`x_groq`), DeepSeek, Ollama, LM Studio. */
export function usageOf(chunk: Fields): WireUsage | undefined {
  if (!chunk.usage && !chunk.x_groq && !chunk.stats) return ollamaUsage(chunk);
  const groq = isObject(chunk.x_groq) ? chunk.x_groq.usage : undefined;
  const source = [chunk.usage, groq, chunk.stats].find(
    (candidate) => numberAt(candidate, 'completion_tokens', 'output_tokens', 'total_output_tokens') !== undefined,
  );
  if (source === undefined) return ollamaUsage(chunk);
  const details = isObject(source) ? source : {};
  const reasoning =
    numberAt(details.completion_tokens_details ?? details.output_tokens_details, 'reasoning_tokens') ??
    numberAt(details, 'reasoning_output_tokens');
  const cached =
    numberAt(details.prompt_tokens_details ?? details.input_tokens_details, 'cached_tokens') ??
    numberAt(details, 'prompt_cache_hit_tokens');
  const prompt = numberAt(details, 'prompt_tokens', 'input_tokens');
  return {
    ...(prompt === undefined ? {} : { prompt }),
    completion: numberAt(details, 'completion_tokens', 'output_tokens', 'total_output_tokens') ?? 0,
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(cached === undefined ? {} : { cached }),
  };
}

/** Ollama's own lines omit `prompt_eval_count` where the whole prompt was cached. */
function ollamaUsage(chunk: Fields): WireUsage | undefined {
  const completion = numberAt(chunk, 'eval_count');
  const prompt = numberAt(chunk, 'prompt_eval_count');
  return completion === undefined ? undefined : { completion, ...(prompt === undefined ? {} : { prompt }) };
}
