/**
 * Pre-tokenisers by their GGUF name: one regular expression each, whose matches cover the whole text.
 * `\s` is written as White_Space: the `\s` of JavaScript lacks U+0085 and has U+FEFF.
 */
import { TtcError } from '../core/index.ts';

export interface PreTokenizer {
  pattern: RegExp;
  /** A piece that is a token as a whole is not merged from its bytes. */
  wholePieces: boolean;
  /** llama.cpp begins a text with BOS where the metadata says nothing about it. */
  begins: boolean;
}

const space = '\\p{White_Space}';
const contraction = "'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD]";

/** The family of OpenAI's cl100k pattern. @param letters members of a class that make words */
const cl100k = (letters: string, digits: string): string =>
  [
    contraction,
    `[^\\r\\n\\p{L}\\p{N}]?[${letters}]+`,
    digits,
    ` ?[^${space}${letters}\\p{N}]+[\\r\\n]*`,
    `${space}*[\\r\\n]+`,
    `${space}+(?!\\P{White_Space})`,
    `${space}+`,
  ].join('|');

/**
 * GPT-2's pattern. With single digits the text is cut at every digit first, so a digit takes no space before it and
 * white space before it ends its own segment.
 */
const gpt2 = (singleDigits: boolean): string =>
  [
    "'s|'t|'re|'ve|'m|'ll|'d",
    ' ?\\p{L}+',
    singleDigits ? '\\p{N}' : ' ?\\p{N}+',
    ` ?[^${space}\\p{L}\\p{N}]+`,
    singleDigits ? `${space}+(?![^${space}\\p{N}])` : `${space}+(?!\\P{White_Space})`,
    `${space}+`,
  ].join('|');

const sources: Record<string, { pattern: string; wholePieces?: boolean; begins?: boolean }> = {
  'gpt-2': { pattern: gpt2(false) },
  smollm: { pattern: gpt2(true) },
  'llama-bpe': { pattern: cl100k('\\p{L}', '\\p{N}{1,3}'), wholePieces: true, begins: true },
  qwen2: { pattern: cl100k('\\p{L}', '\\p{N}') },
  // what converters once wrote for Llama 3, too; llama.cpp then merges whole pieces as well
  'smaug-bpe': { pattern: cl100k('\\p{L}', '\\p{N}{1,3}') },
  qwen35: { pattern: cl100k('\\p{L}\\p{M}', '\\p{N}') },
};

/** Other names that converters write for the same pre-tokeniser. */
const aliases: Record<string, string> = {
  llama3: 'llama-bpe',
  'llama-v3': 'llama-bpe',
  falcon3: 'llama-bpe',
  'deepseek-r1-qwen': 'qwen2',
  megrez: 'qwen2',
};

/** Every name that `preTokenizer` takes. */
export const preTokenizerNames: readonly string[] = [...Object.keys(sources), ...Object.keys(aliases)];

/** @throws E_TOKENIZER for a pre-tokeniser that was not verified */
export function preTokenizer(name: unknown): PreTokenizer {
  const key = typeof name === 'string' && preTokenizerNames.includes(name) ? name : '';
  const source = sources[aliases[key] ?? key];
  if (!source)
    throw new TtcError('E_TOKENIZER', `pre-tokeniser ${name === undefined ? 'is missing' : `"${name}"`}`, {
      help: `supported: ${preTokenizerNames.join(', ')}`,
    });
  const { wholePieces = false, begins = false } = source;
  return { pattern: new RegExp(source.pattern, 'gu'), wholePieces, begins };
}

/** The pieces of a text, in order; merges never cross them. */
export function split(text: string, pattern: RegExp): readonly string[] {
  try {
    return text.match(pattern) ?? [];
  } catch (cause) {
    // V8 gives up on a single match of millions of characters
    throw new TtcError('E_ARGUMENT', 'the text has a run of characters too long to tokenise', {
      help: 'a word, or white space, of several million characters is not text: shorten it',
      cause,
    });
  }
}
