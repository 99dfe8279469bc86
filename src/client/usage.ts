/** One usage record out of the many shapes servers send. */
import type { UsageContradiction } from '../core/index.ts';

export interface WireUsage {
  /** Missing where the server counts the answer only. */
  prompt?: number;
  /** All tokens of the answer, reasoning included. */
  completion: number;
  reasoning?: number;
  cached?: number;
  contradiction?: UsageContradiction;
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

/** A count of tokens: whole, not negative, and no number that a damaged server makes up. */
const countAt = (fields: unknown, ...names: readonly string[]): number | undefined => {
  const value = numberAt(fields, ...names);
  return value !== undefined && Number.isInteger(value) && value >= 0 && value <= 1e9 ? value : undefined;
};

/** Usage of a chunk or a whole answer: OpenAI chat, OpenAI responses, Groq (`x_groq`), DeepSeek, Ollama, LM Studio. */
export function usageOf(chunk: Fields): WireUsage | undefined {
  if (!chunk.usage && !chunk.x_groq && !chunk.stats) return ollamaUsage(chunk);
  const groq = isObject(chunk.x_groq) ? chunk.x_groq.usage : undefined;
  const source = [chunk.usage, groq, chunk.stats].find(
    (candidate) => countAt(candidate, 'completion_tokens', 'output_tokens', 'total_output_tokens') !== undefined,
  );
  if (source === undefined) return ollamaUsage(chunk);
  const details = isObject(source) ? source : {};
  const reasoning =
    countAt(details.completion_tokens_details ?? details.output_tokens_details, 'reasoning_tokens') ??
    countAt(details, 'reasoning_output_tokens', 'reasoning_tokens');
  const cached =
    countAt(details.prompt_tokens_details ?? details.input_tokens_details, 'cached_tokens') ??
    countAt(details, 'prompt_cache_hit_tokens');
  const prompt = countAt(details, 'prompt_tokens', 'input_tokens');
  const usage: WireUsage = {
    ...(prompt === undefined ? {} : { prompt }),
    completion: countAt(details, 'completion_tokens', 'output_tokens', 'total_output_tokens') ?? 0,
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(cached === undefined ? {} : { cached }),
  };
  return reconciled(usage, countAt(details, 'total_tokens'));
}

/**
 * What counts against itself: the total less the prompt is what a provider charges for the answer. Some leave reasoning
 * out of the completion, some leave cached tokens out of the prompt.
 */
function reconciled(usage: WireUsage, total: number | undefined): WireUsage {
  const { prompt, completion, reasoning = 0, cached = 0 } = usage;
  if (completion === 0 && reasoning === 0) return usage;
  if (total === undefined || total === 0 || prompt === undefined) {
    if (reasoning <= completion) return usage;
    return { ...usage, completion: completion + reasoning, contradiction: 'reasoning_beside' };
  }
  const beside = total - prompt - completion;
  if (beside === 0)
    return reasoning <= completion ? usage : { ...usage, reasoning: completion, contradiction: 'reasoning_above' };
  if (beside < 0) return { ...usage, contradiction: 'total_below' };
  if (beside === cached) return { ...usage, prompt: prompt + cached };
  const answer = { completion: completion + beside, reasoning: reasoning === 0 ? beside : reasoning };
  return { ...usage, ...answer, contradiction: 'reasoning_beside' };
}

/**
 * The later usage of a stream counts, and is never added to an earlier one; but what it leaves out stays, and zeros do
 * not take back what was counted.
 */
export function laterUsage(earlier: WireUsage | undefined, later: WireUsage): WireUsage {
  if (!earlier) return later;
  if (later.completion === 0 && earlier.completion > 0) return earlier;
  return later.prompt || !earlier.prompt ? later : { ...later, prompt: earlier.prompt };
}

/** Ollama's own lines omit `prompt_eval_count` where the whole prompt was cached. */
function ollamaUsage(chunk: Fields): WireUsage | undefined {
  const completion = countAt(chunk, 'eval_count');
  const prompt = countAt(chunk, 'prompt_eval_count');
  return completion === undefined ? undefined : { completion, ...(prompt === undefined ? {} : { prompt }) };
}
