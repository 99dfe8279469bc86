/** What crosses the seam between a policy and the thing that produces text. */

/** A tool that the model may ask for. */
export interface Tool {
  name: string;
  description: string;
  /** JSON schema of its arguments. */
  parameters: Readonly<Record<string, unknown>>;
}

/** Whether the model may ask for tools: never, as it likes, at least one, or this one. */
export type ToolChoice = 'none' | 'auto' | 'required' | { name: string };

/** A tool that the model asks for. */
export interface ToolCall {
  id: string;
  name: string;
  /** JSON as the model wrote it: it may be no valid JSON. */
  arguments: string;
}

export type Message =
  | { role: 'system' | 'user'; content: string }
  | { role: 'assistant'; content: string; toolCalls?: readonly ToolCall[] }
  /** What a tool gave for the call with this id. */
  | { role: 'tool'; id: string; content: string };

export interface Sampling {
  topK?: number;
  topP?: number;
  minP?: number;
  repetitionPenalty?: number;
}

/** What a chat template is given beside the messages. */
export interface ChatOptions {
  /** Tools that the model may call, as OpenAI's API describes them. */
  tools?: readonly unknown[];
  /** Further variables of the template, such as `enable_thinking: false`. Each template knows its own. */
  variables?: Readonly<Record<string, unknown>>;
}

/** One request for text. Policies may not change a field unless they declare it in `alters`. */
export interface Call {
  messages: readonly Message[];
  /** Start of the assistant's answer that the model has to continue (prefill). */
  continue?: string;
  maxTokens: number;
  /** 0 = greedy. */
  temperature: number;
  sampling?: Sampling;
  seed: number;
  /** The answer ends before the first of these strings. */
  stop?: readonly string[];
  /** Number of top log-probabilities wanted per token. */
  logprobs?: number;
  /** Tools that the model may ask for. Where the backend lacks the capability `tools`, the call is refused. */
  tools?: readonly Tool[];
  /** @default 'auto' */
  toolChoice?: ToolChoice;
  /**
   * For the engine: what its chat template is given. Tools that stand here, and messages that hold tool calls, become
   * text of the prompt; what the model writes is text as well, and whoever asks reads the calls out of it.
   */
  template?: ChatOptions;
  /** What most of the answer is expected to be. It saves passes where it is right and never changes the answer. */
  prediction?: string;
  conversation?: { id: string; turn: number };
}

/** What a policy says about a token: the layer it left at, how it was drafted, and so on. */
export interface Mark {
  layer?: number;
  drafted?: number;
  accepted?: number;
  kept?: number;
}

/** `id` is −1 where a server names tokens by their text only. */
export interface TokenLogprob {
  id: number;
  logprob: number;
  text?: string;
}

export interface TokenLogprobs extends TokenLogprob {
  top: readonly TokenLogprob[];
}

/** A place in a text, in characters and in tokens. */
export interface TextEnd {
  length: number;
  tokens: number;
}

export interface TextPart {
  type: 'text';
  /** `process.hrtime.bigint()` of the moment the text existed; all processes of a machine share this clock. */
  at: bigint;
  text: string;
  channel: 'answer' | 'reasoning';
  /** Token ids of the text, where the source knows them. */
  ids?: readonly number[];
  /** How many events of a server's stream the text came in: about one token each on most servers. */
  events?: number;
  /** Where each of these events ends: characters of `text` and tokens up to there. Only where there are several. */
  ends?: readonly TextEnd[];
  logprobs?: readonly TokenLogprobs[];
  marks?: readonly Mark[];
  /**
   * The end of reasoning whose beginning had no sign (a template that opens it in the prompt): all text of the answer
   * channel before this part was reasoning too.
   */
  closesReasoning?: true;
}

/**
 * A piece of a tool call. The pieces of one call share an index; their `arguments` joined are the JSON that the model
 * wrote. Id and name come once, with the first piece that has them.
 */
export interface ToolPart {
  type: 'tool';
  /** As of a text part. */
  at: bigint;
  /** Which call of the answer, from 0. */
  index: number;
  id?: string;
  name?: string;
  arguments: string;
  /** Token ids of the piece, where the source knows them. */
  ids?: readonly number[];
  /** Events of a server's stream that it came in. */
  events?: number;
}

/** `tools`: the model asks for tools and waits for what they give. */
export type EndReason = 'stop' | 'length' | 'filter' | 'tools';

export interface EndPart {
  type: 'end';
  at: bigint;
  reason: EndReason;
}

/** Text parts and pieces of tool calls, one per engine step or socket read; then exactly one end. */
export type Part = TextPart | ToolPart | EndPart;

/**
 * How a server's usage contradicts itself or the text that came:
 * - `zero`: no tokens, though text came; `too_few`: far fewer than the text can have. Both are counted otherwise.
 * - `reasoning_beside`: reasoning stands beside the completion and not in it; it was added.
 * - `reasoning_above`: more reasoning than completion, and the total agrees with the completion.
 * - `total_below`: the total is smaller than its parts.
 * - `unseen`: more tokens than the text has bytes, and no word of reasoning: some were never streamed.
 */
export type UsageContradiction = 'zero' | 'too_few' | 'reasoning_beside' | 'reasoning_above' | 'total_below' | 'unseen';

export interface Usage {
  prompt: number;
  /** All tokens of the answer, as they are charged: reasoning and, where the source counts it, the token that ends it. */
  completion: number;
  reasoning?: number;
  cached?: number;
  /**
   * Tokens whose text came in parts: without reasoning that was kept back and without the token that ends the answer.
   * Times per token divide by these. Absent where they are the completion.
   */
  streamed?: number;
  /** `completion` counts the token that ends the answer, which has no text. */
  endToken?: true;
  contradiction?: UsageContradiction;
  /** Who counted: the engine, the server's usage field, or an estimate. */
  origin: 'engine' | 'server' | 'estimate';
  /** How the completion was counted where it was not the engine: see `client/count.ts`. */
  method?: 'usage' | 'ids' | 'logprobs' | 'tokenizer' | 'chunks';
}

/** What a provider said about one of its limits. */
export interface LimitState {
  limit?: number;
  remaining?: number;
  /** Milliseconds until the limit is whole again. */
  reset?: number;
  window: 'minute' | 'day';
}

export interface RateLimits {
  requests?: LimitState;
  tokens?: LimitState;
}

/** One attempt at one inner call. Times are milliseconds after the intended send. */
export interface CallRecord {
  attempt: number;
  sent: number;
  first?: number;
  end: number;
  usage?: Usage;
  /** Server-side timings in milliseconds, where the server gives them. */
  server?: { queue?: number; prompt?: number; completion?: number; total?: number };
  endpoint?: string;
  /** The server's id of the answer, to find it in the server's logs. */
  id?: string;
  outcome: 'ok' | 'aborted' | 'failed';
  status?: number;
  error?: string;
  /** How the stream ended: `ok`, `ok_no_done`, `ok_no_finish`, `ok_whole` (one piece, so no first token), `truncated`, `reset`, `stream_error`, `stalled` and so on. */
  ending?: string;
  /** The model's own word for its end, where it is none of those of an end part. */
  finish?: string;
  /** Events of the stream by kind, and how many reads of the socket brought them. */
  events?: Record<string, number>;
  reads?: number;
  /** The provider's limits as of this answer. */
  limits?: RateLimits;
  /** Milliseconds that opening a connection took, where this request had to wait for one. They are part of `sent`. */
  connect?: number;
  /** How often the request went out again because the server had closed the idle connection it was sent on. */
  resent?: number;
  /** Fields that this server refused: `temperature dropped`, `max_tokens sent as max_completion_tokens`. */
  adapted?: readonly string[];
}

/** Plain sums, and tallies (bucket → amount). JSON-safe. */
export interface Counters {
  sums: Record<string, number>;
  tallies: Record<string, Record<string, number>>;
  calls: CallRecord[];
}

/** Counts work. Counters travel beside the stream, so a decorator that drops parts cannot lose a bill. */
export interface Meter {
  add(counter: string, amount: number): void;
  /** Keeps the largest value seen. */
  peak(counter: string, value: number): void;
  tally(counter: string, bucket: number, amount?: number): void;
  call(record: CallRecord): void;
}

export interface Context {
  signal: AbortSignal;
  meter: Meter;
  /** When the call was meant to be sent (hrtime); call records count from here. Default: when it was made. */
  intended?: bigint;
}

/** The one shape of backends, policies and middleware: an inner one may be called 0, 1 or n times. */
export type Generate = (call: Call, context: Context) => AsyncIterable<Part>;

/** A source that has to be made ready, and again after its process died. */
export type Prepared = Generate & {
  /**
   * Resolves when a call would run at once; what it takes belongs to no call. What does not come to an end is ended
   * with the signal.
   */
  ready?(signal: AbortSignal): Promise<void>;
};
