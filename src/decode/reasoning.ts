/**
 * Thinking apart from the answer: what a model writes between tags before its answer goes to the reasoning channel, as
 * it does where a server's answer is read. A stage over parts, so it can follow any source of them.
 */
import { createThinkingFilter, type Part, type TextPart, type Tokenizer, thinkingTags } from '../core/index.ts';

export interface ReasoningOptions {
  /** The prompt that is answered: a template may have begun the thinking in it. @default '' */
  prompt?: string;
  /** Says which ids belong to which text where one part holds both. Without it they go with the later channel. */
  tokenizer?: Pick<Tokenizer, 'bytes'>;
}

/** The tag that ends a thinking which the prompt has begun, as templates of models that always think do. */
export function openedReasoning(prompt: string): string | undefined {
  const end = prompt.trimEnd();
  return thinkingTags.find(({ open }) => end.endsWith(open))?.close;
}

/**
 * The parts of a stream with thinking on its own channel, its tags and the blanks behind them with it: the text of both
 * channels is all that came. Text that may be the start of the first tag waits. All ids, marks and log-probabilities
 * come through, in order. Parts that are reasoning already pass.
 */
export async function* splitReasoning(
  parts: AsyncIterable<Part>,
  { prompt = '', tokenizer }: ReasoningOptions = {},
): AsyncGenerator<Part> {
  const closing = openedReasoning(prompt);
  const stage = createStage(closing, tokenizer);
  for await (const part of parts) {
    if (part.type === 'text' && part.channel === 'answer') yield* stage.push(part);
    else {
      yield* stage.flush();
      yield part;
    }
  }
}

type Token = { id: number; mark: TextPart['marks']; logprob: TextPart['logprobs']; text: string };
type Piece = Pick<TextPart, 'channel' | 'text' | 'at' | 'closesReasoning'>;

function createStage(closing: string | undefined, tokenizer: Pick<Tokenizer, 'bytes'> | undefined) {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const waiting: Token[] = [];
  let events = 0;
  let pieces: Piece[] = [];
  let channel: TextPart['channel'] = closing === undefined ? 'answer' : 'reasoning';
  let at = 0n;
  const filter = createThinkingFilter(
    (to, text, stamp, closesReasoning) => {
      channel = to;
      pieces.push({ channel: to, text, at: stamp, ...(closesReasoning && { closesReasoning }) });
    },
    closing === undefined ? 'start' : 'thinking',
    closing,
  );

  /** How many of the waiting tokens it takes to write the text. */
  function tokensFor(text: string): number {
    if (!tokenizer) return 0;
    let length = 0;
    const count = waiting.findIndex((token) => {
      length += token.text.length;
      return length > text.length;
    });
    return count < 0 ? waiting.length : count;
  }

  function take(): TextPart[] {
    const taken = pieces.map((piece, index): TextPart => {
      const isLast = index === pieces.length - 1;
      const own = waiting.splice(0, isLast ? waiting.length : tokensFor(piece.text));
      const logprobs = own.flatMap(({ logprob }) => logprob ?? []);
      return {
        ...{ type: 'text', ...piece },
        ...(own.length > 0 && { ids: own.map(({ id }) => id) }),
        ...(logprobs.length > 0 && { logprobs }),
        ...(own.some(({ mark }) => mark) && { marks: own.map(({ mark }) => mark?.[0] ?? {}) }),
      };
    });
    if (taken[0] && events > 0) {
      taken[0].events = events;
      events = 0;
    }
    pieces = [];
    return taken;
  }

  return {
    push(part: TextPart): TextPart[] {
      events += part.events ?? 0;
      at = part.at;
      for (const [index, id] of (part.ids ?? []).entries()) {
        const text = tokenizer ? decoder.decode(tokenizer.bytes(id), { stream: true }) : '';
        const [mark, logprob] = [part.marks?.slice(index, index + 1), part.logprobs?.slice(index, index + 1)];
        waiting.push({ id, mark, logprob, text });
      }
      if (part.text !== '') filter.take(part.text, part.at);
      return take();
    },
    /** What still waits when something else follows: text, or ids that show nothing. */
    flush(): TextPart[] {
      filter.end();
      if (pieces.length === 0 && waiting.length > 0) pieces.push({ channel, text: '', at });
      return take();
    },
  };
}
