/** Tokens of a call's prompt, counted by the engine's own tokenizer beside a module that counts them too. */
import type { Call, Message } from './call.ts';
import type { Tokenizer } from './engine.ts';

export interface PromptCount {
  /** The engine's tokenizer: what it was asked for is remembered, so that no prompt is cut twice. */
  tokenizer: Tokenizer;
  /** @param mayCount whether a prompt that the module never asked for is counted now; otherwise it is undefined */
  of(call: Call, mayCount: boolean): number | undefined;
}

/** Prompts whose lengths are remembered. */
const most = 64;

export function createPromptCount(inner: Tokenizer): PromptCount {
  const texts = new WeakMap<readonly Message[], Map<string, string>>();
  const lengths = new Map<string, number>();

  function encode(...[text, options]: Parameters<Tokenizer['encode']>): number[] {
    const ids = inner.encode(text, options);
    if (options?.special) {
      if (lengths.size >= most) lengths.delete(lengths.keys().next().value as string);
      lengths.set(text, ids.length);
    }
    return ids;
  }

  function chat(...[messages, begun, options]: Parameters<Tokenizer['chat']>): string {
    const text = inner.chat(messages, begun, options);
    if (options === undefined) {
      const known = texts.get(messages) ?? new Map<string, string>();
      texts.set(messages, known.set(begun ?? '', text));
    }
    return text;
  }

  return {
    tokenizer: Object.assign(Object.create(inner) as Tokenizer, { encode, chat }),
    of({ messages, continue: begun }, mayCount) {
      const text = texts.get(messages)?.get(begun ?? '');
      const length = text === undefined ? undefined : lengths.get(text);
      if (length !== undefined || !mayCount) return length;
      try {
        return inner.encode(inner.chat(messages, begun), { special: true }).length;
      } catch {
        // A template may refuse messages that the module answers without it.
        return undefined;
      }
    },
  };
}
