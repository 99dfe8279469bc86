/** A model as the server sees it: something that answers calls, and what has to be known to check requests first. */
import type { Generate, Message, Prepared, Tokenizer } from '../core/index.ts';

/** How a model's template has it write calls of tools. `hermes`: JSON between `<tool_call>` tags, Qwen's too. */
export type ToolFormat = 'hermes';

export interface ServedModel {
  /** What `model` of a request says. */
  name: string;
  generate: Prepared | Generate;
  /** Everything that can change an answer: engine, model, policy. */
  identity: string;
  tokenizer: Pick<Tokenizer, 'encode' | 'chat' | 'bytes'>;
  /** Positions for prompt and answer together. */
  contextLength: number;
  /** Undefined where the template has no tools, or writes them in a way that is not known here. */
  tools: ToolFormat | undefined;
  /** Whether a predicted output is made use of. */
  predicts: boolean;
  /** The variant's name, for messages. */
  policy: string;
}

const probe = {
  type: 'function',
  function: { name: 'probe_of_tools', description: 'probe', parameters: { type: 'object', properties: {} } },
};
const hello: readonly Message[] = [{ role: 'user', content: 'hello' }];

/** Looks at what the template makes of a tool. */
export function toolFormatOf({ chat }: Pick<Tokenizer, 'chat'>): ToolFormat | undefined {
  try {
    const text = chat(hello, '', { tools: [probe] });
    return text.includes(probe.function.name) && text.includes('<tool_call>') ? 'hermes' : undefined;
  } catch {
    return undefined;
  }
}
