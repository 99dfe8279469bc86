/** The prompt as a model's chat template writes it. */
import { type ChatOptions, type Message, TtcError } from '../core/index.ts';
import { createTemplate, JinjaError, type Limits, type Template, textOf } from '../jinja/index.ts';
import { formatFixedDate, templateMessages } from './chat-variables.ts';

export interface ChatFormat {
  /** Jinja source from the metadata. */
  template: string | undefined;
  /** Texts of the special tokens; '' where the model has none. */
  bos: string;
  eos: string;
  /** Written before a prompt where there is no template. */
  prefix: string;
  /** Without a template: ChatML where the vocabulary has its tokens. */
  chatml: boolean;
}

export type Chat = (messages: readonly Message[], continuation?: string, options?: ChatOptions) => string;

/**
 * A function from messages to the prompt, which ends where the assistant's turn begins; `continuation` follows there.
 * Without a template: ChatML, or lines "role: content" that end with "assistant:".
 * @param limits of one rendering, for tests
 * @throws E_TOKENIZER for a template that cannot be read or does not end, E_ARGUMENT where it refuses the messages
 */
export function createChat(format: ChatFormat, limits?: Partial<Limits>): Chat {
  let template: Template | undefined;
  return (messages, continuation = '', options = {}) => {
    if (format.template === undefined) return format.prefix + fallback(messages, format.chatml, options) + continuation;
    template ??= parse(format.template, limits);
    return render(template, messages, format, options) + continuation;
  };
}

function parse(source: string, limits?: Partial<Limits>): Template {
  try {
    return createTemplate(source, limits);
  } catch (cause) {
    throw new TtcError('E_TOKENIZER', `the chat template cannot be read: ${reason(cause)}`, { cause });
  }
}

/** Variables as Hugging Face's Transformers sets them. */
function render(template: Template, messages: readonly Message[], format: ChatFormat, options: ChatOptions): string {
  try {
    return template.render({
      bos_token: format.bos,
      eos_token: format.eos,
      documents: null,
      strftime_now: ([pattern = '']: readonly string[]) => formatFixedDate(textOf(pattern)),
      ...options.variables,
      messages: templateMessages(messages),
      tools: options.tools ?? null,
      add_generation_prompt: true,
    });
  } catch (cause) {
    if (cause instanceof JinjaError && cause.kind === 'limit')
      throw new TtcError('E_TOKENIZER', `the chat template does not come to an end: ${reason(cause)}`, {
        help: 'the file holds a template that loops or grows without end: take the model from another source',
        cause,
      });
    throw new TtcError('E_ARGUMENT', `the chat template refuses the messages: ${reason(cause)}`, {
      help: 'most templates want user and assistant in turn, after at most one system message',
      cause,
    });
  }
}

function fallback(messages: readonly Message[], chatml: boolean, { tools, variables }: ChatOptions): string {
  const usesTools = messages.some(
    (message) => message.role === 'tool' || (message.role === 'assistant' && message.toolCalls?.length),
  );
  if (usesTools || tools?.length || Object.keys(variables ?? {}).length > 0)
    throw new TtcError(
      'E_ARGUMENT',
      'the model has no chat template, so its prompts can hold no tools and no options',
      {
        help: 'take a model file with tokenizer.chat_template',
      },
    );
  const turns = messages.map(({ role, content }) =>
    chatml ? `<|im_start|>${role}\n${content}<|im_end|>\n` : `${role}: ${content}\n`,
  );
  return turns.join('') + (chatml ? '<|im_start|>assistant\n' : 'assistant:');
}

/** One line, of a readable length: the words are the file's. */
function reason(cause: unknown): string {
  const words = cause instanceof Error ? cause.message : String(cause);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a stranger's text must not steer the terminal
  return words.replace(/[\x00-\x1f\x7f-\x9f]+/g, ' ').slice(0, 300);
}
