/** What a server's refusal says of its context: how servers in use write that a prompt and its answer do not fit. */

export interface ContextRefusal {
  /** Positions for prompt and answer together. */
  context?: number;
  /** Tokens of the prompt that was refused. */
  prompt?: number;
}

const number = (found: RegExpExecArray | null): number | undefined => {
  const digits = found?.[1]?.replace(/[,_]/g, '');
  return digits === undefined ? undefined : Number(digits);
};

const isAboutContext =
  /context[ _](?:length|size|window)|maximum context|max_model_len|max_seq_len|exceed_context|`?max_new_tokens`? must be <=|too many tokens/i;

/** vLLM, OpenAI, SGLang; llama.cpp; TGI; Anthropic. */
const contexts = [
  /maximum context length (?:is|of) (\d[\d,_]*)/i,
  /available context size \((\d[\d,_]*)/i,
  /context (?:size|length|window) (?:is|of) (\d[\d,_]*)/i,
  /max_new_tokens`? must be <= (\d[\d,_]*)/i,
  /> (\d[\d,_]*) (?:maximum|context)/i,
  /(?:max_model_len|max_seq_len|n_ctx)\D{0,4}(\d[\d,_]*)/i,
];
const prompts = [
  /(\d[\d,_]*) (?:tokens )?(?:in the (?:messages|prompt|input)|input tokens|from the input)/i,
  /your (?:messages|prompt|input) (?:resulted in|has|contains?|contained) (\d[\d,_]*)/i,
  /request \((\d[\d,_]*) tokens\)/i,
  /Given: (\d[\d,_]*) `inputs`/i,
];

/** Undefined where the words are about something else. */
export function contextRefusalIn(words: string): ContextRefusal | undefined {
  if (!isAboutContext.test(words)) return undefined;
  const first = (patterns: readonly RegExp[]) =>
    patterns.map((pattern) => number(pattern.exec(words))).find((value) => value !== undefined && value > 0);
  const [context, prompt] = [first(contexts), first(prompts)];
  return { ...(context !== undefined && { context }), ...(prompt !== undefined && { prompt }) };
}
