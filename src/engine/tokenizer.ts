/**
 * The tokenizer of a GGUF model: byte-level BPE, written here and not taken from a library because
 * - it must give llama.cpp's ids on every text (`docs/tokenizers.md`); `@huggingface/tokenizers` 0.2.0 differs on
 *   letter and fraction numbers (`\p{Nl}`, `\p{No}`), and
 * - it is ready within tens of milliseconds, because merges are looked up as the strings they are in the file.
 */
import { type ChatOptions, type Tokenizer, TtcError } from '../core/index.ts';
import { type Chat, createChat } from './chat.ts';
import { spell } from './tokenizer-alphabet.ts';
import { createMerger } from './tokenizer-bpe.ts';
import { preTokenizer, split } from './tokenizer-split.ts';
import { createVocabulary, type Metadata, type Vocabulary } from './tokenizer-vocabulary.ts';

/**
 * @param metadata key → value of a GGUF file
 * @param variables more variables of every prompt's chat template
 * @throws E_TOKENIZER for a tokenizer that is not byte-level BPE with a verified pre-tokeniser, or damaged metadata
 */
export function createTokenizer(metadata: Metadata, variables?: Readonly<Record<string, unknown>>): Tokenizer {
  if (metadata['tokenizer.ggml.model'] !== 'gpt2')
    throw new TtcError('E_TOKENIZER', `tokenizer of type "${metadata['tokenizer.ggml.model']}"`, {
      help: 'supported: byte-level BPE ("gpt2") as in SmolLM, Llama 3, Qwen 2 and Qwen 3',
    });
  const { pattern, wholePieces, begins } = preTokenizer(metadata['tokenizer.ggml.pre']);
  const vocabulary = createVocabulary(metadata);
  const merge = createMerger(vocabulary.ids, vocabulary.merges);
  const encodePiece = (piece: string): readonly number[] => {
    const spelled = spell(piece);
    const whole = wholePieces ? vocabulary.ids.get(spelled) : undefined;
    return whole === undefined ? merge(spelled) : [whole];
  };
  const encode = (text: string, special: boolean): number[] => {
    const result: number[] = [];
    for (const fragment of vocabulary.fragments(text, special)) {
      if (typeof fragment === 'number') result.push(fragment);
      else for (const piece of split(fragment, pattern)) for (const id of encodePiece(piece)) result.push(id);
    }
    return result;
  };
  const { bytes, endIds, controlText } = vocabulary;
  return {
    encode: (text, options) => encode(text, options?.special ?? false),
    bytes,
    decode: (ids) => decodeBytes(ids.map(bytes)),
    endIds,
    controlText,
    chat: chatWith(createChat(chatFormat(metadata, vocabulary, begins)), variables),
  };
}

/** Variables of one prompt win over those of all. */
function chatWith(chat: Chat, all: ChatOptions['variables']): Chat {
  if (!all || Object.keys(all).length === 0) return chat;
  return (messages, continuation, options) =>
    chat(messages, continuation, { ...options, variables: { ...all, ...options?.variables } });
}

/** ignoreBOM: U+FEFF is text. */
function decodeBytes(pieces: readonly Uint8Array[]): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Buffer.concat(pieces));
}

/**
 * A template writes its BOS itself. `add_bos_token` counts only where there is no template: models exist whose
 * metadata asks for a BOS that their template, and their training, do without.
 * @param begins what holds where the metadata lacks it
 */
function chatFormat(metadata: Metadata, vocabulary: Vocabulary, begins: boolean) {
  const template = metadata['tokenizer.chat_template'];
  const bos = vocabulary.text('bos');
  return {
    template: typeof template === 'string' ? template : undefined,
    bos,
    eos: vocabulary.text('eos'),
    prefix: (metadata['tokenizer.ggml.add_bos_token'] ?? begins) === true ? bos : '',
    chatml: vocabulary.writes('<|im_start|>') && vocabulary.writes('<|im_end|>'),
  };
}
