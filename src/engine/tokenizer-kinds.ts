/** What kind a token is, also where a converter got it wrong. */

/** GGUF's `tokenizer.ggml.token_type`. Control tokens are special; user-defined ones are text that is never merged. */
export const kind = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

/**
 * Texts of tokens that end a turn in some family, whatever the metadata names as the end. The same ones as in
 * llama.cpp, and DeepSeek's.
 */
export const endTexts: readonly string[] = [
  '<|im_end|>', // ChatML: Qwen, SmolLM
  '<|eot_id|>', // Llama 3
  '<|eom_id|>', // Llama 3.1, before a tool answers
  '<|end_of_text|>', // Llama 3, Granite
  '<|endoftext|>', // GPT-2, Qwen, Phi
  '</s>', // Llama 2, Mistral
  '<end_of_turn>', // Gemma
  '<eos>', // Gemma
  '<turn|>', // Gemma 4
  '<|tool_response>', // Gemma 4
  '<|end|>', // Phi 3
  '<|return|>', // gpt-oss
  '<|call|>', // gpt-oss
  '<|flush|>', // Solar
  '<|calls|>', // Solar
  '<EOT>', // code models
  '_<EOT>', // code models
  '[EOT]', // Kimi
  '[EOS]', // Kimi
  '<end_of_utterance>', // SmolVLM
  '<｜end▁of▁sentence｜>', // DeepSeek
];

/** In gpt-oss, `<|end|>` ends a message, after which the same answer goes on. */
export function endsTurn(text: string, has: (text: string) => boolean): boolean {
  if (text === '<|end|>' && has('<|return|>') && has('<|call|>')) return false;
  return endTexts.includes(text);
}

/** Tokens around a model's thinking. They show as text, whatever their type, so that thinking can be told from answer. */
const thinking = new Set(['<think>', '</think>', '[THINK]', '[/THINK]', '<seed:think>', '</seed:think>']);

const bracketed = /^(?:<\|.+\|>|<｜.+｜>)$/s;
const openings = new Set(['<s>', '<bos>', '<start_of_turn>', '[INST]', '[/INST]', '<unk>', '<pad>']);

/**
 * The kind of every token. A file without types, or with a special token typed as ordinary text, would never end and
 * would spell its template letter by letter. So an ordinary token counts as control where its text looks like one, or
 * the metadata names it, and no merge can make it: Qwen's `</s>`, which merging makes, stays text.
 * @param types as the file has them; undefined where it has none
 * @param named ids that the metadata names as begin or end
 */
export function kindsOf(
  tokens: readonly string[],
  types: ArrayLike<number> | undefined,
  merges: readonly string[],
  named: readonly number[],
): (id: number) => number {
  const isNamed = new Set(named);
  const suspects = new Map<string, number>();
  for (const [id, text] of tokens.entries()) {
    if ((types?.[id] ?? kind.normal) !== kind.normal) continue;
    if (isNamed.has(id) || bracketed.test(text) || openings.has(text) || endTexts.includes(text) || thinking.has(text))
      suspects.set(text, id);
  }
  // one character is a byte of the alphabet, which no merge makes either
  for (const text of suspects.keys()) if ([...text].length < 2) suspects.delete(text);
  if (suspects.size > 0) for (const pair of merges) suspects.delete(pair.replace(' ', ''));
  const overridden = new Map([...suspects].map(([text, id]) => [id, text] as const));
  return (id) => {
    const text = overridden.get(id);
    const given = types?.[id] ?? kind.normal;
    if (thinking.has(tokens[id] ?? '') && (text !== undefined || given === kind.control)) return kind.userDefined;
    return text === undefined ? given : kind.control;
  };
}
