/** The white-box engine as policies see it. Exists only in the engine's process and in unit tests. */
import type { ChatOptions, Context, Message } from './call.ts';

export interface ModelShape {
  architecture: string;
  layers: number;
  /** Length of a hidden row. */
  width: number;
  heads: number;
  kvHeads: number;
  headSize: number;
  feedForward: number;
  vocabulary: number;
  /** Positions the model was trained for. */
  contextLength: number;
}

export interface Tokenizer {
  /** Ids of a text; special tokens written in the text are parsed only with `special: true`. */
  encode(text: string, options?: { special?: boolean }): number[];
  /** The bytes one token stands for; empty for special tokens. */
  bytes(id: number): Uint8Array;
  /** Text of ids without special tokens; invalid UTF-8 becomes U+FFFD. */
  decode(ids: readonly number[]): string;
  /** How a template writes a token that shows as nothing, such as `<|im_end|>`; '' for every other token. */
  controlText?(id: number): string;
  /** Ids that end an answer. */
  readonly endIds: ReadonlySet<number>;
  /** The prompt as the model's chat template writes it, `continuation` appended to the assistant's turn. */
  chat(messages: readonly Message[], continuation?: string, options?: ChatOptions): string;
}

/**
 * KV slots of one stream of tokens. Slots of a layer are compact: 0 … length(layer) − 1.
 * Dispose it, or its memory stays taken.
 */
export interface Sequence extends Disposable {
  readonly capacity: number;
  /** Filled slots of a layer (default: layer 0). */
  length(layer?: number): number;
  /** Forgets every slot from `length` on, in all layers or in [from, to). */
  truncate(length: number, layers?: readonly [number, number]): void;
  /**
   * Keeps only these slots of a layer: slot i becomes the old slot list[i] ≥ i, so ascending lists always fit, and a
   * hole can be filled from the end. One list for all KV heads or one of equal length per head.
   */
  keep(layer: number, slots: readonly ArrayLike<number>[]): void;
  /** Euclidean length of the key in each filled slot of a layer from slot `from` on: [kvHeads × slots]. */
  keyNorms(layer: number, from?: number): Float32Array;
  /** Bytes of K and V in filled slots, over all layers. */
  bytesHeld(): number;
}

/** Slots that must not be seen by attention: the oracle for pruning and eviction. */
export interface Hidden {
  layers: readonly [number, number];
  slots: ArrayLike<number>;
  /** Only for these KV heads (default: all). */
  kvHeads?: readonly number[];
}

/** Rows of one sequence to run through a range of layers. Rows are written to the next free slots of each layer. */
export interface Pass {
  sequence: Sequence;
  /** Token ids, or hidden rows ([rows × width], row-major) that enter at the first layer of the range. */
  tokens?: ArrayLike<number>;
  hidden?: Float32Array;
  /** RoPE position of each row; its length is the number of rows. */
  positions: ArrayLike<number>;
  /** [from, to) (default: all layers). An empty range [L, L] runs the head only. */
  layers?: readonly [number, number];
  /** Logits of the last n rows (default 0). Applies norm and head to the rows that leave the range. */
  logits?: number;
  /** Logits of these token ids only, for the last row: a fraction of the head's work. */
  candidates?: ArrayLike<number>;
  /** Hidden rows that leave the range. */
  states?: boolean;
  /** Attention mass that the last `queries` rows put on each slot, summed over those rows and the query heads of a KV head. */
  attention?: { layers: readonly number[]; queries: number };
  /** Write K and V of the range from the given rows; no attention, no feed-forward. */
  kvOnly?: boolean;
  hide?: readonly Hidden[];
  /** This pass is a chunk of a prompt: it runs alone and may take the prefill path. */
  prefill?: boolean;
}

/** Native views: valid only inside `read`, copy what must live longer. */
export interface Output {
  /** [n × vocabulary] */
  logits: Float32Array;
  /** [candidates]; its rounding is not that of `logits`. */
  candidates: Float32Array;
  /** [rows × width] */
  states: Float32Array;
  /** Per asked layer [kvHeads × slots], slots = filled slots after this pass. */
  attention: readonly Float32Array[];
}

/** How a prompt gets into the cache; gives what `read` makes of the last row's output. */
export type Prefill = <T>(
  engine: Engine,
  sequence: Sequence,
  ids: readonly number[],
  read: (output: Output) => T,
  context: Context,
) => Promise<T>;

/** Another way into the cache than chunk by chunk, whatever decodes after it: pruning, KV budgets. */
export interface Filling {
  fill: Prefill;
  /** KV slots to open for a call. @default prompt and answer */
  capacity?(promptLength: number, maxTokens: number): number;
}

/**
 * K and V of the newest prompt, kept between calls for the beginning that the next one shares with it. Reuse changes no
 * bit: only whole chunks are shared, so the passes that are left are those that would have run.
 */
export interface PrefixCache {
  /** Copies the shared beginning into an empty sequence. @returns tokens of the prompt that need no pass */
  fill(sequence: Sequence, ids: readonly number[]): Promise<number>;
  /** Keeps the prompt that a sequence holds: all of it in every layer, and nothing else yet. */
  keep(sequence: Sequence, ids: readonly number[]): void;
}

export interface Engine {
  /** Where the user switched it on. Ways into the cache that are not plain (`filling`) do without it. */
  readonly prefix?: PrefixCache;
  /** Set by a policy that decides how prompts get into the cache; decode loops start with it. */
  readonly filling?: Filling;
  readonly model: ModelShape;
  /** What passes of few rows cost, by the number of rows, in milliseconds; absent where nobody measured it. */
  readonly passPrices?: Readonly<Record<number, number>> | undefined;
  readonly tokenizer: Tokenizer;
  /** Prompts are cut into chunks of this many tokens, always on the same grid. */
  readonly chunk: number;
  /** Opens `capacity` KV slots. Work on the sequence is charged to `context.meter`; an aborted context refuses passes. */
  open(capacity: number, context: Context): Sequence;
  /**
   * Runs all passes as one ragged pass and hands native views to `read`, synchronously.
   * Yields to the event loop once, so aborts and other calls get their turn.
   * Counters per call: passes, rows and layer_rows (not for the head alone; rows × layers of `kvOnly` passes are
   * kv_layer_rows), layer_work (both, the latter at its share of a layer's weights), head_rows, candidate_logits, prefill_rows; bytes of K and V in filled slots kv_bytes_peak, and
   * kv_bytes_sum over kv_steps (decode passes only, after `read`); kv_opened_bytes_peak (all slots that were asked
   * for); tallies pass_rows and pass_sequences (whole pass); engine_ms and cpu_ms (the rows' share of the pass: wall
   * and process CPU, without building graphs), graph_ms and graph_cpu_ms (building them), forward_ms (whole wait).
   */
  forward<T>(passes: readonly Pass[], read: (outputs: readonly Output[]) => T): Promise<T>;
}
