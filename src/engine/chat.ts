/** The prompt as a model's chat template writes it. */
import { Template } from '@huggingface/jinja';
import { type Message, TtcError } from '../core/index.ts';

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

export type Chat = (messages: readonly Message[], continuation?: string) => string;

/**
 * A function from messages to the prompt, which ends where the assistant's turn begins; `continuation` follows there.
 * Without a template: ChatML, or lines "role: content" that end with "assistant:".
 */
export function createChat(format: ChatFormat): Chat {
  let template: Template | undefined;
  return (messages, continuation = '') => {
    if (format.template === undefined) return format.prefix + fallback(messages, format.chatml) + continuation;
    template ??= parse(format.template);
    return render(template, messages, format) + continuation;
  };
}

function parse(source: string): Template {
  try {
    // the library defines strftime_now itself and refuses another
    return new Template(source.replaceAll('strftime_now', 'fixed_date'));
  } catch (cause) {
    throw new TtcError('E_TOKENIZER', `the chat template cannot be read: ${reason(cause)}`, { cause });
  }
}

/** Variables as Hugging Face transformers sets them. */
function render(template: Template, messages: readonly Message[], format: ChatFormat): string {
  try {
    return template.render({
      messages: messages.map(({ role, content }) => ({ role, content })),
      add_generation_prompt: true,
      bos_token: format.bos,
      eos_token: format.eos,
      tools: null,
      documents: null,
      fixed_date: formatFixedDate,
    });
  } catch (cause) {
    throw new TtcError('E_ARGUMENT', `the chat template refuses the messages: ${reason(cause)}`, {
      help: 'most templates want user and assistant in turn, after at most one system message',
      cause,
    });
  }
}

/**
 * Llama 3 templates write today's date. A benchmark's prompt must be the same tomorrow, so here it is always
 * 26 July 2024, the date that these templates themselves fall back to.
 */
function formatFixedDate(pattern: string): string {
  const fields: Record<string, string> = {
    a: 'Fri',
    A: 'Friday',
    b: 'Jul',
    B: 'July',
    d: '26',
    m: '07',
    y: '24',
    Y: '2024',
    H: '00',
    M: '00',
    S: '00',
    '%': '%',
  };
  return String(pattern).replace(/%([aAbBdmyYHMS%])/g, (_, field: string) => fields[field] as string);
}

function fallback(messages: readonly Message[], chatml: boolean): string {
  const turns = messages.map(({ role, content }) =>
    chatml ? `<|im_start|>${role}\n${content}<|im_end|>\n` : `${role}: ${content}\n`,
  );
  return turns.join('') + (chatml ? '<|im_start|>assistant\n' : 'assistant:');
}

const reason = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
